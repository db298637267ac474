package dev.nereid.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** Sessions without a network and without a user interface. */
final class SparkSessions {
    /** What an executor's JVM needs, as docs/batch.md says. */
    private static final String EXECUTOR_FLAGS = "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED"
            + " -XX:+UseSerialGC -XX:Tier3DelayOn=1000000 -XX:MaxInlineLevel=30";

    private SparkSessions() {}

    /** Executors are threads of this JVM. */
    static SparkSession local(int cores) {
        return configured("local[" + cores + "]").getOrCreate();
    }

    /**
     * Executors are processes of their own, of one core each.
     *
     * @throws IllegalStateException if the environment lacks what they need
     */
    static SparkSession cluster(int executors) throws IOException {
        String home = System.getenv("SPARK_HOME");
        if (home == null || System.getenv("SPARK_SCALA_VERSION") == null) {
            throw new IllegalStateException("SPARK_HOME and SPARK_SCALA_VERSION are not set: run this test by Maven");
        }
        String folders = fill(Path.of(home));
        return configured("local-cluster[" + executors + ",1,1024]")
                .config("spark.executor.extraClassPath", folders)
                .config("spark.executor.extraJavaOptions", EXECUTOR_FLAGS)
                .config("spark.executor.memory", "700m")
                .getOrCreate();
    }

    private static SparkSession.Builder configured(String master) {
        return SparkSession.builder()
                .master(master)
                .appName("nereid")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .config(
                        "spark.sql.warehouse.dir",
                        Path.of("target/warehouse").toAbsolutePath().toString());
    }

    /** Links the jars of this JVM's class path; the folders of the class path. */
    private static String fill(Path home) throws IOException {
        Path jars = Files.createDirectories(home.resolve("jars"));
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(home.resolve("RELEASE"), "");
        try (Stream<Path> old = Files.list(jars)) {
            for (Path each : old.toList()) {
                Files.delete(each);
            }
        }
        List<String> folders = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry).toAbsolutePath();
            if (Files.isDirectory(path)) {
                folders.add(path.toString());
            } else if (Files.isRegularFile(path)) {
                Path link = jars.resolve(String.valueOf(path.getFileName()));
                // Two artifacts may have one file name: the class path has the first.
                if (Files.notExists(link)) {
                    Files.createSymbolicLink(link, path);
                }
            }
        }
        return folders.stream().collect(Collectors.joining(File.pathSeparator));
    }
}
