import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.maven.artifact.versioning.ComparableVersion;

/** Reads "a TAB b" lines, writes one of < = > a line: Maven's own comparison, which refuses nothing. */
public final class Maven {
    public static void main(String[] words) throws Exception {
        Map<String, ComparableVersion> known = new HashMap<>();
        StringBuilder said = new StringBuilder();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int tab = line.indexOf('\t');
            ComparableVersion a = known.computeIfAbsent(line.substring(0, tab), ComparableVersion::new);
            ComparableVersion b = known.computeIfAbsent(line.substring(tab + 1), ComparableVersion::new);
            int order = a.compareTo(b);
            said.append(order < 0 ? '<' : order > 0 ? '>' : '=');
        }
        System.out.print(said);
    }
}
