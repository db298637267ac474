package dev.nereid.server;

import static dev.nereid.server.RecordedAnswers.Part.BODY;
import static dev.nereid.server.RecordedAnswers.Part.HEADERS;
import static dev.nereid.server.RecordedAnswers.Part.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.device.Devices;
import dev.nereid.server.RecordedAnswers.Part;
import dev.nereid.server.config.Front;
import dev.nereid.server.recorded.Recordings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sends recorded HTTP requests, those of the tree and those of a real Triton, in order, to a whole server with the same options
 * over the same models, and compares whole answers. What is meant to differ is listed here and, with the reasons, in
 * docs/compatibility.md; an answer that differs otherwise fails, and so does one that no longer differs.
 */
class RecordedServerTest {
    private static final Path MINILM = Path.of("target/recorded-minilm/all-minilm-l6-v2.onnx");
    private static final Path SHARED_OBJECT = Path.of("/dev/shm/tr_shm0");
    private static final int PATIENCE_MILLIS = 20_000;
    /** For answers that never came. */
    private static final int SHORT_PATIENCE_MILLIS = 1000;

    /** They need load, or more bytes than a test should send; other tests have them. */
    private static final Set<String> SKIPPED =
            Set.of("timeout_expired_in_queue", "queue_full", "expect_100", "body_over_64MiB");

    private static final Map<String, Set<Part>> MEANT = Map.of(
            "278_http10", Set.of(HEADERS, BODY),
            "281_no_host", Set.of(STATUS, HEADERS, BODY),
            "290_pipelined", Set.of(HEADERS, BODY),
            "434_final_ready", Set.of(HEADERS, BODY),
            "172_bytes_bin_corrupt_len", Set.of(STATUS, BODY),
            "291_cl_and_te", Set.of(HEADERS, BODY));

    private static final Map<String, Set<Part>> MEANT_OF_OTHERS = Map.of(
            "001_none_health_ready_with_broken", Set.of(HEADERS, BODY),
            "004_none_index", Set.of(BODY),
            "007_poll_health_ready_notstrict", Set.of(HEADERS, BODY),
            "013_restricted_live", Set.of(HEADERS, BODY),
            "015_metrics_summary_histogram", Set.of(BODY));

    @TempDir
    Path repository;

    @TempDir
    Path traces;

    @ParameterizedTest
    @MethodSource("dev.nereid.server.recorded.Recordings#all")
    void answersEveryRecordedRequestAsTriton(Recordings recordings) throws IOException {
        List<String> models = recordings.models();
        copyModels(recordings, models);
        List<String> flags = new ArrayList<>(List.of(
                "--model-control-mode=explicit",
                "--exit-on-error=false",
                "--exit-timeout-secs=3",
                "--cache-config=local,size=10485760",
                "--grpc-header-forward-pattern=my-.*",
                "--http-header-forward-pattern=my-.*",
                "--allow-client-shm=true",
                "--trace-config=mode=triton",
                "--trace-config=triton,file=" + traces.resolve("trace.json")));
        models.stream().filter(model -> !model.equals("broken")).forEach(model -> flags.add("--load-model=" + model));
        try {
            assertThat(replay(flags, recordings.http(), 1, 999))
                    .isEqualTo(recordings.isSmall() ? Map.of() : new TreeMap<>(MEANT));
        } finally {
            Files.deleteIfExists(SHARED_OBJECT);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.nereid.server.recorded.Recordings#all")
    void answersAsTritonWithOtherOptions(Recordings recordings) throws IOException {
        List<Path> others = recordings.requestsWithOtherOptions();
        TreeMap<String, Set<Part>> found = new TreeMap<>();
        copyModels(
                recordings,
                recordings.isSmall()
                        ? List.of("simple", "simple_sequence")
                        : List.of("broken", "identity_fp32", "simple", "simple_fp32_dyn"));
        List<String> tolerant = List.of("--exit-on-error=false");
        found.putAll(replay(with(tolerant, "--model-control-mode=none"), others, 1, 6));
        found.putAll(replay(
                with(tolerant, "--model-control-mode=poll", "--repository-poll-secs=1", "--strict-readiness=false"),
                others,
                7,
                8));
        found.putAll(replay(
                with(
                        tolerant,
                        "--model-control-mode=explicit",
                        "--load-model=*",
                        "--http-restricted-api=model-repository,metadata:admin-key=secret",
                        "--metrics-config=summary_latencies=true",
                        "--metrics-config=counter_latencies=false",
                        "--metrics-config=histogram_latencies=true",
                        "--id=my-server",
                        "--rate-limit=off"),
                others,
                9,
                15));
        found.putAll(replay(
                with(tolerant, "--model-control-mode=explicit", "--load-model=simple", "--http-max-input-size=1024"),
                others,
                16,
                18));
        assertThat(found).isEqualTo(recordings.isSmall() ? Map.of() : new TreeMap<>(MEANT_OF_OTHERS));
    }

    private static List<String> with(List<String> flags, String... more) {
        return Stream.concat(flags.stream(), Stream.of(more)).toList();
    }

    private void copyModels(Recordings recordings, List<String> models) throws IOException {
        for (String model : models) {
            recordings.copyModel(model, repository);
            if (model.startsWith("minilm")) {
                Files.createSymbolicLink(repository.resolve(model).resolve("1/model.onnx"), MINILM.toRealPath());
            }
        }
    }

    /** The cases with numbers from {@code first} to {@code last} that are not answered as recorded, and what differs. */
    private Map<String, Set<Part>> replay(List<String> flags, List<Path> cases, int first, int last)
            throws IOException {
        int replayed = 0;
        Map<String, Set<Part>> differing = new TreeMap<>();
        List<String> skipped = new ArrayList<>();
        Server server = Server.start(
                RunningServers.plainConfig(repository, flags.toArray(String[]::new)),
                _ -> Devices.none("the recorded server had none"));
        try {
            server.startup().join();
            for (Path folder : cases) {
                String number = String.valueOf(folder.getFileName()).substring(0, 3);
                if (Integer.parseInt(number) < first || Integer.parseInt(number) > last) {
                    continue;
                }
                String name = String.valueOf(folder.getFileName()).substring(4);
                String note =
                        Files.exists(folder.resolve("note.txt")) ? Files.readString(folder.resolve("note.txt")) : "";
                if (SKIPPED.contains(name) || note.contains("CRASH")) {
                    skipped.add(name);
                    continue;
                }
                replayed++;
                before(name);
                RawHttpAnswer expected = RawHttpAnswer.parse(
                        Files.readString(folder.resolve("response.http"), StandardCharsets.ISO_8859_1));
                RawHttpAnswer actual = RawHttpAnswer.receive(
                        server.port(name.startsWith("metrics") ? Front.METRICS : Front.HTTP)
                                .orElseThrow(),
                        Files.readAllBytes(folder.resolve("request.http")),
                        note.contains("TIMEOUT") ? SHORT_PATIENCE_MILLIS : PATIENCE_MILLIS);
                Set<Part> differences = RecordedAnswers.differences(name, expected, actual);
                if (!differences.isEmpty()) {
                    differing.put(number + "_" + name, differences);
                    System.out.println(number + "_" + name + " differs in " + differences + "\n  expected "
                            + shortened(expected) + "\n  but got  " + shortened(actual));
                }
                after(name, server);
            }
        } finally {
            assertThat(server.stop()).isTrue();
        }
        if (!skipped.isEmpty()) {
            System.out.println("SKIPPED of the recorded answers: " + skipped);
        }
        assertThat(replayed).as("requests from %d to %d", first, last).isPositive();
        return differing;
    }

    private static String shortened(RawHttpAnswer answer) {
        String text = answer.toString();
        return text.substring(0, Math.min(text.length(), 400));
    }

    /** What the client does beside its requests. */
    private static void before(String name) throws IOException {
        if (name.equals("shm_status_empty")) {
            ByteBuffer object = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 16; i++) {
                object.putInt(i);
            }
            for (int i = 0; i < 16; i++) {
                object.putInt(1);
            }
            Files.write(SHARED_OBJECT, object.array());
        }
        if (name.equals("seq_after_idle")) {
            pause(2600); // longer than the model lets a sequence idle
        }
    }

    /** Waits for what goes on behind an answer. */
    private static void after(String name, Server server) {
        if (name.equals("unload") || name.equals("unload_dependents")) {
            while (RunningServers.exchange(server, Front.HTTP, "/v2/repository/index", "{}")
                    .body()
                    .contains("UNLOADING")) {
                pause(10);
            }
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
