import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Runs a driver's main and notes, for the harness, what came uncaught out of it: classes of the exception, and the frames that
 * are the package's.
 *
 * <pre>java -cp /target/launch Launch Driver /input/input.txt</pre>
 *
 * The package's jars are of a class loader of their own, by whose name their frames are known.
 */
public final class Launch {
    private static final int EXIT_EXCEPTION = 66;
    private static final int FRAMES_MAX = 40;
    private static final Path NOTES = Path.of("/report/notes.jsonl");
    private static final String PACKAGE = "package";

    private Launch() {}

    public static void main(String[] arguments) throws Exception {
        List<URL> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of("/target/jars"), "*.jar")) {
            for (Path jar : found) {
                jars.add(jar.toUri().toURL());
            }
        }
        jars.sort((one, other) -> one.getPath().compareTo(other.getPath()));
        ClassLoader library = new URLClassLoader(PACKAGE, jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        URL[] own = {Path.of("/target/driver/").toUri().toURL()};
        ClassLoader loader = new URLClassLoader("driver", own, library);
        Thread.currentThread().setContextClassLoader(loader);
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> end(error));
        String[] rest = {arguments[1]};
        try {
            Class.forName(arguments[0], true, loader).getMethod("main", String[].class).invoke(null, (Object) rest);
        } catch (InvocationTargetException wrapped) {
            end(wrapped.getCause());
        } catch (Throwable error) {
            end(error);
        }
    }

    private static void end(Throwable error) {
        StringBuilder note = new StringBuilder("{\"kind\": \"exception\", \"names\": [");
        for (Class<?> kind = error.getClass(); kind != Object.class; kind = kind.getSuperclass()) {
            note.append(kind == error.getClass() ? "" : ", ").append(quoted(kind.getSimpleName()));
        }
        note.append("], \"frames\": [");
        Set<String> frames = new LinkedHashSet<>();
        for (StackTraceElement frame : error.getStackTrace()) {
            String folder = PACKAGE.equals(frame.getClassLoaderName()) ? "/target/" : "/other/";
            String file = folder + frame.getClassName().replace('.', '/');
            frames.add("[" + quoted(file) + ", " + quoted(frame.getMethodName()) + "]");
            if (frames.size() == FRAMES_MAX) {
                break;
            }
        }
        note.append(String.join(", ", frames)).append("]}\n");
        try {
            Files.write(NOTES, note.toString().getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException unwritable) {
            System.err.println(unwritable);
        }
        System.err.println(error.getClass().getName());
        Runtime.getRuntime().halt(EXIT_EXCEPTION);
    }

    private static String quoted(String text) {
        StringBuilder made = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            made.append(letter < ' ' || letter > '~' || letter == '"' || letter == '\\' ? '_' : letter);
        }
        return made.append('"').toString();
    }
}
