package dev.nereid.server;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the calls of {@code python3} in a block of commands need.
 *
 * @param modules what the scripts import, but for stubs that were made from .proto files
 * @param interpreter one that has these modules; any path if there are none; empty if none has
 */
record PythonScripts(SortedSet<String> modules, Optional<String> interpreter) {
    private static final Pattern SCRIPT = Pattern.compile("^python3 (\\S+\\.py)", Pattern.MULTILINE);
    private static final Pattern MODULE = Pattern.compile("^python3 -m (\\w+)", Pattern.MULTILINE);
    private static final Pattern IMPORT = Pattern.compile("^(?:import|from) (\\w+)", Pattern.MULTILINE);
    private static final String FINDS =
            "import importlib.util as u, sys; " + "sys.exit(any(u.find_spec(name) is None for name in sys.argv[1:]))";

    /**
     * Reads a block.
     *
     * @param folder what the paths of scripts start from
     */
    static PythonScripts of(String block, Path folder) throws IOException {
        SortedSet<String> modules = new TreeSet<>(all(MODULE, block));
        List<String> scripts = all(SCRIPT, block);
        for (String script : scripts) {
            modules.addAll(all(IMPORT, Files.readString(folder.resolve(script))));
        }
        modules.removeIf(module -> module.contains("_pb2"));
        return new PythonScripts(modules, modules.isEmpty() ? Optional.of("false") : interpreter(modules));
    }

    private static List<String> all(Pattern pattern, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    /** The first python3 on the path that has the modules; a machine may have several. */
    private static Optional<String> interpreter(SortedSet<String> modules) {
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .map(folder -> Path.of(folder, "python3").toAbsolutePath())
                .filter(Files::isExecutable)
                .map(Path::toString)
                .filter(python -> has(python, modules))
                .findFirst();
    }

    private static boolean has(String python, SortedSet<String> modules) {
        List<String> command = new ArrayList<>(List.of(python, "-c", FINDS));
        command.addAll(modules);
        return LauncherTest.succeeds(command.toArray(String[]::new));
    }
}
