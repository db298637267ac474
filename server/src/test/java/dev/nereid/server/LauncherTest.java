package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script that starts the server, as it lies in a distribution or a checkout, with a program that stands in for Java. */
class LauncherTest {
    /** What Maven writes, as far as the launcher reads it. */
    private static final String BUILD = """
            #!/bin/sh
            echo '[INFO] Scanning for projects...'
            echo '[INFO] Building nereid 0.1.0                                [1/2]'
            echo '[INFO] Building kernels 0.1.0                               [2/2]'
            echo "[INFO] arguments: $*"
            STEP
            echo '[INFO] Reactor Summary for nereid 0.1.0:'
            mkdir -p server/target/app models/examples/minilm/1
            touch server/target/app/complete models/examples/minilm/1/model.onnx
            """;

    @TempDir
    private Path home;

    @BeforeEach
    void copy() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "there is no Linux to tell of signals");
        Files.copy(Path.of("../nereid"), home.resolve("nereid"));
        script("runtime/bin/java", "#!/bin/sh\ngrep SigIgn /proc/self/status\n");
    }

    private void script(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    /** Makes the folder one with sources, where a build writes what it writes. */
    private void checkout(String step) throws IOException {
        Files.writeString(home.resolve("pom.xml"), "");
        Files.createDirectories(home.resolve(".mvn"));
        Files.writeString(
                home.resolve(".mvn/find-jdk.sh"),
                "nereid_require_jdk() { JAVA_HOME=" + home.resolve("runtime") + "; }\n");
        script("mvnw", BUILD.replace("STEP", step));
    }

    private record Ended(int code, String output) {}

    private Ended run(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 2];
        command[0] = "/bin/sh";
        command[1] = home.resolve("nereid").toString();
        System.arraycopy(arguments, 0, command, 2, arguments.length);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), output);
    }

    /** Bit by bit, from signal 1. */
    private static long ignored(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(output).startsWith("SigIgn:");
        return Long.parseUnsignedLong(output.substring(7).strip(), 16);
    }

    @Test
    void aServerStartedInTheBackgroundListensToSigint() throws IOException {
        assumeTrue(succeeds("env", "--default-signal=INT", "true"), "this env cannot change signals");

        assertThat(ignored("/bin/sh", "-c", "trap '' INT; exec /bin/sh " + home.resolve("nereid") + " serve") & 2)
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"perf", "bench"})
    @Tag("found-25")
    void whatADistributionDoesNotHoldIsSaidInASentence(String command) throws Exception {
        assertThat(run(command, "-m", "model"))
                .isEqualTo(new Ended(
                        1,
                        "nereid: '" + command + "' is not part of the distribution: run ./nereid " + command
                                + " in a source checkout, which builds it\n"));
    }

    @Test
    @Tag("found-25")
    void anUnknownCommandStartsNothing() throws Exception {
        assertThat(run("sevre"))
                .isEqualTo(
                        new Ended(
                                1,
                                "nereid: unknown command 'sevre': expected serve, inspect, check, models, traffic, batch, conformance, perf, bench, fetch-test-data or version\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "tensorflow_model_server",
                "inspect",
                "traffic",
                "batch",
                "conformance",
                "perf",
                "bench",
                "version"
            })
    @Tag("found-28")
    void helpNeedsNeitherABuildNorJava(String command) throws Exception {
        checkout("echo BUILD-RAN >&2; exit 1");
        script("runtime/bin/java", "#!/bin/sh\necho JAVA-RAN\n");
        Files.createDirectories(home.resolve("docs"));
        String file = command.equals("serve") ? "usage" : "usage-" + command;
        Files.copy(Path.of("../docs/" + file + ".txt"), home.resolve("docs/" + file + ".txt"));
        Ended ended = run(command, "--help");
        assertThat(ended.code()).isZero();
        assertThat(ended.output())
                .startsWith(command.startsWith("tensorflow") ? "usage: " + command : "Usage: nereid " + command)
                .doesNotContain("BUILD-RAN", "JAVA-RAN", "building");
    }

    /** The launcher under the name of TorchServe's, with a program that stands in for Java. */
    private Ended torchserve(String java, String... arguments) throws IOException, InterruptedException {
        Path link = home.resolve("torchserve");
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of("nereid"));
        script("runtime/bin/java", java);
        List<String> command = new ArrayList<>(List.of("/bin/sh", link.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("TMPDIR", home.toString());
        Process process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        String output = new String(
                process.getInputStream().readNBytes(process.getInputStream().available()), StandardCharsets.UTF_8);
        return new Ended(process.exitValue(), output);
    }

    @Test
    void calledAsTorchserveItTellsTheOptionsOfTorchserve() throws Exception {
        Files.copy(Path.of("../docs/usage-torchserve.txt"), home.resolve("usage-torchserve.txt"));
        Ended ended = torchserve("#!/bin/sh\necho JAVA-RAN\n", "--help");
        assertThat(ended.code()).isZero();
        assertThat(ended.output()).startsWith("Usage: torchserve [options]\n").doesNotContain("JAVA-RAN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--foreground", "--stop", "--version"})
    void torchserveWaitsWhereItRunsInTheForeground(String flag) throws Exception {
        Ended ended = torchserve("#!/bin/sh\nfor a; do :; done\necho \"last $a\"\nexit 7\n", "--start", flag);
        assertThat(ended).isEqualTo(new Ended(7, "last " + flag + "\n"));
    }

    @Test
    void torchserveGoesOnInTheBackground() throws Exception {
        String java = "#!/bin/sh\necho $$ >\"$TMPDIR/.model_server.pid\"\nexec sleep 60\n";
        Ended ended = torchserve(java, "--start", "--ncs");
        assertThat(ended.code()).isZero();
        long server = Long.parseLong(
                Files.readString(home.resolve(".model_server.pid")).strip());
        ProcessHandle process = ProcessHandle.of(server).orElseThrow();
        assertThat(process.isAlive()).isTrue();
        process.destroyForcibly();
    }

    @Test
    void aTorchserveThatCannotStartIsToldByItsExitCode() throws Exception {
        assertThat(torchserve("#!/bin/sh\necho wrong >&2\nexit 1\n", "--start")).isEqualTo(new Ended(1, "wrong\n"));
    }

    @Test
    void theEntryPointOfTensorflowServingPassesItsVariables() throws Exception {
        Files.createSymbolicLink(home.resolve("tf_serving_entrypoint.sh"), Path.of("nereid"));
        script("runtime/bin/java", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        ProcessBuilder builder = new ProcessBuilder(
                        "/bin/sh", home.resolve("tf_serving_entrypoint.sh").toString(), "--enable_batching")
                .redirectErrorStream(true);
        builder.environment().put("MODEL_NAME", "half");
        Process process = builder.start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines())
                .endsWith(
                        "dev.nereid.server.commands.Main",
                        "tensorflow_model_server",
                        "--port=8500",
                        "--rest_api_port=8501",
                        "--model_name=half",
                        "--model_base_path=/models/half",
                        "--enable_batching");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @Tag("found-28")
    void aBuildTellsOfEachModule() throws Exception {
        checkout("");
        Ended ended = run("version");
        assertThat(ended.code()).isZero();
        assertThat(ended.output())
                .startsWith("nereid: building for the first time")
                .containsPattern(
                        "nereid: \\[1/2] nereid \\.\\.\\. \\d+ s\nnereid: \\[2/2] kernels \\.\\.\\. \\d+ s\nSigIgn:");
        assertThat(Files.readString(home.resolve("server/target/build.log")))
                .contains("-Dmaven.test.skip=true", "-DskipTests", "package -pl server -am");
    }

    @Test
    @Tag("found-28")
    void aBuildThatFailsShowsItsErrorsAndWhereTheRestIs() throws Exception {
        checkout("echo '[ERROR] no such symbol'; exit 1");
        Ended ended = run("version");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.output())
                .contains("[ERROR] no such symbol\nnereid: the build failed; " + home.resolve("server/target/build.log")
                        + " has all of it\n")
                .doesNotContain("SigIgn");
    }

    /** Whatever hit the full heap is gone: a new process is the only one that works. */
    @Test
    @Tag("found-4")
    void aServerWhoseHeapIsFullEndsWithTheCodeThree() throws IOException, InterruptedException {
        Path main = home.resolve("Full.java");
        Files.writeString(main, """
                class Full {
                    public static void main(String[] arguments) {
                        try {
                            for (java.util.List<long[]> all = new java.util.ArrayList<>(); ; all.add(new long[1 << 16])) {}
                        } catch (OutOfMemoryError e) {
                            System.exit(0);
                        }
                    }
                }
                """);
        Path java = home.resolve("runtime/bin/java");
        // The flags are the launcher's, the program is not.
        Files.writeString(
                java,
                "#!/bin/sh\nfor flag; do case $flag in -XX:*OutOfMemory*) flags=$flag ;; esac; done\nexec "
                        + Path.of(System.getProperty("java.home"), "bin", "java") + " -Xmx16m -XX:+UseSerialGC $flags "
                        + main + "\n");
        Process process = new ProcessBuilder("/bin/sh", home.resolve("nereid").toString(), "serve")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(3);
        assertThat(output).contains("OutOfMemoryError");
    }

    /** Whether a command is there, and ends well. */
    static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
