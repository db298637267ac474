package dev.nereid.server.statement;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How tests with a {@link Statement} ended, in a file for each of their classes: the classes are shared out among JVMs, of which
 * the last to end finds the results of all. A line is a method and how it ended. What was removed since is passed over.
 */
final class StatementResults {
    private static final String SEPARATOR = " ";

    private final Path folder;

    StatementResults(Path folder) {
        this.folder = folder;
    }

    /**
     * Keeps results in place of earlier ones of the same classes, and writes a page of everything that was ever kept; one JVM
     * at a time.
     *
     * @param results by class and method
     * @param pages where the page goes
     */
    void update(Map<Class<?>, Map<String, String>> results, List<Path> pages) throws IOException {
        Files.createDirectories(folder);
        Path lockFile = folder.resolve("lock");
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = channel.lock()) {
            for (Map.Entry<Class<?>, Map<String, String>> ofClass : results.entrySet()) {
                StringBuilder lines = new StringBuilder();
                new TreeMap<>(ofClass.getValue())
                        .forEach((method, result) -> lines.append(method)
                                .append(SEPARATOR)
                                .append(result)
                                .append('\n'));
                Files.writeString(folder.resolve(ofClass.getKey().getName()), lines);
            }
            String text = page().text();
            for (Path page : pages) {
                Files.writeString(page, text);
            }
        }
    }

    private StatementPage page() throws IOException {
        StatementPage page = new StatementPage(StatementTexts.read());
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.toList();
        }
        for (Path file : files) {
            Optional<Class<?>> test = find(file.getFileName().toString());
            if (test.isPresent()) {
                add(page, test.get(), Files.readAllLines(file));
            }
        }
        return page;
    }

    private static void add(StatementPage page, Class<?> test, List<String> lines) {
        for (String line : lines) {
            int end = line.indexOf(SEPARATOR);
            String name = line.substring(0, end);
            String result = line.substring(end + SEPARATOR.length());
            Arrays.stream(test.getDeclaredMethods())
                    .filter(method -> method.getName().equals(name))
                    .map(StatementResults::statements)
                    .flatMap(List::stream)
                    .forEach(number -> page.add(number, test.getSimpleName() + "." + name, result));
        }
    }

    private static List<Integer> statements(Method method) {
        Statement statement = method.getAnnotation(Statement.class);
        return statement == null
                ? List.of()
                : Arrays.stream(statement.value()).boxed().toList();
    }

    private static Optional<Class<?>> find(String name) {
        try {
            return Optional.of(Class.forName(name, false, StatementResults.class.getClassLoader()));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }
}
