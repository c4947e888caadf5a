import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.lang3.ClassUtils;

/** Looks a class up by the name that a file of settings gives. */
public class Driver {
    public static void main(String[] arguments) throws Exception {
        String name = Files.readString(Path.of(arguments[0])).trim();
        try {
            System.out.println(ClassUtils.getClass(name));
        } catch (ClassNotFoundException unknown) {
            System.out.println("no such class");
        }
    }
}
