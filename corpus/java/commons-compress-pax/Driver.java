import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Lists an archive that somebody sent. */
public class Driver {
    public static void main(String[] arguments) throws Exception {
        try (InputStream file = Files.newInputStream(Path.of(arguments[0]));
                TarArchiveInputStream archive = new TarArchiveInputStream(file)) {
            TarArchiveEntry entry;
            while ((entry = archive.getNextTarEntry()) != null) {
                System.out.println(entry.getName() + " " + entry.getSize());
            }
        } catch (IOException refused) {
            System.out.println("refused");
        }
    }
}
