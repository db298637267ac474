package dev.nereid.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that fetches test data, with a table of its own and a program that stands in for npm. */
class FetchTestDataTest {
    private static final String MODEL = "the bytes of a model\n";

    @TempDir
    Path home;

    private record Outcome(int code, String output) {}

    @BeforeEach
    void copy() throws IOException, InterruptedException {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "there is no Linux with its tools");
        // In a folder of its own: it looks for a launcher in the one above.
        Files.createDirectories(home.resolve(".ci"));
        Files.copy(Path.of("../.ci/fetch-test-data"), home.resolve(".ci/fetch-test-data"));
        Files.createDirectories(home.resolve("package"));
        Files.writeString(home.resolve("package/model.onnx"), MODEL);
        execute("tar", "-czf", "package.tgz", "package");
        script("cp \"" + home + "/package.tgz\" \"$folder/model-1.0.tgz\"; echo \"$package\" >>\"" + home + "/asked\"");
    }

    /** A stand-in for npm that is told {@code $package} and {@code $folder}. */
    private void script(String line) throws IOException {
        Path npm = Files.createDirectories(home.resolve("bin")).resolve("npm");
        Files.writeString(npm, "#!/bin/sh\nfor last; do folder=$package; package=$last; done\n" + line + "\n");
        assertThat(npm.toFile().setExecutable(true)).isTrue();
    }

    private void table(String sumOfPackage, String sumOfModel) throws IOException {
        Files.writeString(
                home.resolve(".ci/test-data.txt"),
                "# comment\nnpm|model@1.0|" + sumOfPackage + "|package/model.onnx|models/small/model.onnx|" + sumOfModel
                        + "|MIT|a model\n");
    }

    private static String sum(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private String sumOfPackage() throws IOException {
        return sum(Files.readAllBytes(home.resolve("package.tgz")));
    }

    private static String sumOfModel() {
        return sum(MODEL.getBytes(StandardCharsets.UTF_8));
    }

    private Outcome execute(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true);
        builder.environment().merge("PATH", home.resolve("bin").toString(), (old, first) -> first + ":" + old);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), output);
    }

    private Outcome fetch() throws IOException, InterruptedException {
        return execute("sh", ".ci/fetch-test-data", "data");
    }

    private Path model() {
        return home.resolve("data/models/small/model.onnx");
    }

    @Test
    void putsAModelOfAPackageInItsPlaceAndDoesNotFetchItAgain() throws Exception {
        table(sumOfPackage(), sumOfModel());
        assertThat(fetch().code()).isZero();
        assertThat(model()).hasContent(MODEL);
        Outcome again = fetch();
        assertThat(again.code()).isZero();
        assertThat(again.output()).contains("is there");
        assertThat(home.resolve("asked")).hasContent("model@1.0");
    }

    @Test
    void takesAgainWhatIsBrokenFromThePackageThatIsThere() throws Exception {
        table(sumOfPackage(), sumOfModel());
        assertThat(fetch().code()).isZero();
        Files.writeString(model(), "half of");
        assertThat(fetch().code()).isZero();
        assertThat(model()).hasContent(MODEL);
        assertThat(home.resolve("asked")).hasContent("model@1.0");
    }

    @Test
    void refusesAPackageWithAnotherChecksum() throws Exception {
        String expected = sum(new byte[0]);
        table(expected, sumOfModel());
        Outcome outcome = fetch();
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.output())
                .contains("FAILED: model@1.0: expected sha256 " + expected + ", got " + sumOfPackage())
                .contains("1 of 1 pieces could not be had");
        assertThat(model()).doesNotExist();
    }

    @Test
    void refusesAModelWithAnotherChecksum() throws Exception {
        String expected = sum(new byte[0]);
        table(sumOfPackage(), expected);
        Outcome outcome = fetch();
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.output())
                .contains("FAILED: package/model.onnx: expected sha256 " + expected + ", got " + sumOfModel());
        assertThat(model()).doesNotExist();
    }

    @Test
    void saysWhichPackageCannotBeHad() throws Exception {
        table(sumOfPackage(), sumOfModel());
        script("exit 3");
        Outcome outcome = fetch();
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.output()).contains("FAILED: npm cannot get model@1.0");
    }
}
