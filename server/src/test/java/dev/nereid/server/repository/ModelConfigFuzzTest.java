package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.memory.NativeMemory;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Loads models with damaged configs: each is loaded or refused with a text, nothing unexpected is logged, and no memory
 * stays. Runs for {@code -Dnereid.test.fuzz.seconds} (3), from the seed {@code -Dnereid.test.fuzz.seed}.
 */
@Tag("soak")
class ModelConfigFuzzTest {
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 3));
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_126);
    private static final int FEWEST_CASES = 500;

    private static final String TENSORS = """
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1, 4 ] reshape: { shape: [ -1, 2, 2 ] } } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ 4 ] label_filename: "labels.txt" } ]
            """;
    /** Good configs of a model {@code f}. */
    static final List<String> SEEDS =
            List.of(FakeBackend.CONFIG, """
            name: "f" backend: "fake" max_batch_size: 8
            """ + TENSORS + """
            version_policy: { specific { versions: [ 1, 3 ] } }
            instance_group [ { name: "g" kind: KIND_CPU count: 2 rate_limiter { resources [ { name: "r" count: 1 } ]
              priority: 2 } }, { kind: KIND_CPU count: 1 passive: true host_policy: "p" } ]
            dynamic_batching { preferred_batch_size: [ 2, 4 ] max_queue_delay_microseconds: 100 preserve_ordering: true
              default_queue_policy { timeout_action: REJECT default_timeout_microseconds: 5 allow_timeout_override: true
              max_queue_size: 9 } }
            parameters { key: "scheduler.slo_ms" value { string_value: "20" } }
            parameters { key: "scheduler.policy" value { string_value: "adaptive" } }
            response_cache { enable: true } model_metrics { metric_control [ { metric_identifier
              { family: "nv_inference_first_response_histogram_ms" } histogram_options { buckets: [ 0.1, 1 ] } } ] }
            """, """
            backend: "fake" max_batch_size: 4
            """ + TENSORS + """
            dynamic_batching { priority_levels: 3 default_priority_level: 2
              priority_queue_policy { key: 1 value { timeout_action: DELAY max_queue_size: 3 } } }
            batch_input [ { kind: BATCH_ELEMENT_COUNT target_name: "INDEX" data_type: TYPE_FP32 source_input: "INPUT0" } ]
            model_warmup [ { name: "w" batch_size: 2 count:3 inputs { key: "INPUT0" value { data_type: TYPE_FP32
              dims: [ 2, 4 ] zero_data: true } } } ]
            """, """
            backend: "fake" max_batch_size: 2
            """ + TENSORS + """
            sequence_batching { max_sequence_idle_microseconds: 5000000 direct { max_queue_delay_microseconds: 3
              minimum_slot_utilization: 0.5 }
              control_input [ { name: "START" control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1 ] } ] },
              { name: "ID" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } ] } ]
              state [ { input_name: "IN" output_name: "OUT" data_type: TYPE_INT32 dims: [ 2 ]
              initial_state { name: "i" data_type: TYPE_INT32 dims: [ 2 ] zero_data: true } } ] }
            """, """
            platform: "ensemble" max_batch_size: 2
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            ensemble_scheduling { step [ { model_name: "m" model_version: -1 input_map { key: "INPUT0" value: "INPUT0" }
              output_map { key: "OUTPUT0" value: "x" } }, { model_name: "m" model_version: 1 input_map { key: "INPUT0" value: "x" }
              output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] max_inflight_requests: 3 }
            """);

    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            "\"",
            "'",
            "\\",
            ",",
            ";",
            "#",
            "\0",
            "é",
            "-",
            "-1",
            "0",
            "1",
            "3",
            "4294967296",
            "2147483647",
            "9223372036854775807",
            "18446744073709551616",
            "1e400",
            "nan",
            "true",
            "KIND_GPU",
            "KIND_AUTO",
            "TYPE_STRING",
            "TYPE_INVALID",
            "CONTROL_SEQUENCE_END",
            "oldest { max_candidate_sequences: 2147483647 }",
            "max_batch_size: 2147483647 ",
            "count: 20000 ",
            "dims: [ 9223372036854775807, 8 ] ",
            "batch_size: 5000 ",
            "../../x",
            "name: \"m\" ",
            "dynamic_batching {} ",
            "sequence_batching {} ");

    private static final Pattern NUMBER = Pattern.compile("(?<=[ \\[])-?[0-9.]+(?=[ ,\\]])");
    private static final List<String> NUMBERS = List.of(
            "0",
            "1",
            "2",
            "3",
            "5",
            "-1",
            "17",
            "1025",
            "2147483647",
            "-2147483648",
            "9223372036854775807",
            "4294967296");
    private static final Pattern WORD = Pattern.compile("[A-Z]+_[A-Z0-9_]+|true|false|\"[A-Z0-9a-z_.]+\"");
    private static final List<String> WORDS = List.of(
            "TYPE_FP32",
            "TYPE_STRING",
            "TYPE_BOOL",
            "TYPE_INVALID",
            "KIND_CPU",
            "KIND_GPU",
            "KIND_MODEL",
            "REJECT",
            "DELAY",
            "true",
            "false",
            "CONTROL_SEQUENCE_START",
            "CONTROL_SEQUENCE_CORRID",
            "BATCH_ACCUMULATED_ELEMENT_COUNT",
            "\"\"",
            "\"INPUT0\"",
            "\"OUTPUT0\"",
            "\"m\"",
            "\"f\"",
            "\"x\"",
            "\"adaptive\"",
            "\"-1\"",
            "\"1e9\"");

    @TempDir
    Path root;

    private final Logger log = (Logger) LoggerFactory.getLogger("dev.nereid.server");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Level level = log.getLevel();

    @BeforeEach
    void watchTheLog() {
        log.setLevel(Level.ERROR);
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void leaveTheLog() {
        log.detachAppender(lines);
        log.setLevel(level);
    }

    @Test
    void loadsOrRefusesDamagedConfigs() throws IOException {
        System.out.println("ModelConfigFuzzTest: -Dnereid.test.fuzz.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        writeModels(root);
        long memory = NativeMemory.liveBytes();
        long end = System.nanoTime() + TIME.toNanos();
        int loaded = 0;
        int cases = 0;
        ModelRepository repository = TestRepository.start(
                RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of()), new FakeBackend());
        try {
            for (String seed : SEEDS) {
                TestRepository.write(root, "f", seed, 1);
                repository.load("f", LoadParameters.NONE);
            }
            for (; cases < FEWEST_CASES || System.nanoTime() < end; cases++) {
                String config = damage(SEEDS.get(random.nextInt(SEEDS.size())), random);
                try {
                    loaded += isLoaded(repository, root, config) ? 1 : 0;
                } catch (RuntimeException e) {
                    throw new AssertionError("case " + cases + ":\n" + config, e);
                }
                assertThat(lines.list)
                        .as("what was logged with a stack trace for case %d:\n%s", cases, config)
                        .filteredOn(line -> line.getThrowableProxy() != null)
                        .extracting(line -> line.getFormattedMessage() + ": "
                                + line.getThrowableProxy().getClassName())
                        .isEmpty();
                lines.list.clear();
            }
        } finally {
            TestRepository.close(repository);
        }
        System.out.println("ModelConfigFuzzTest: " + cases + " configs, of which " + loaded + " loaded");
        assertThat(loaded).isPositive().isLessThan(cases);
        assertThat(NativeMemory.liveBytes()).isEqualTo(memory);
    }

    /** Writes what the configs refer to. */
    static void writeModels(Path root) throws IOException {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        TestRepository.write(root, "f", "", 1);
        Files.writeString(root.resolve("f").resolve("labels.txt"), "a\nb\nc\nd\n");
    }

    /** Whether the model {@code f} is loaded with a config. */
    static boolean isLoaded(ModelRepository repository, Path root, String config) {
        TestRepository.write(root, "f", config, 1);
        try {
            repository.load("f", LoadParameters.NONE);
            return true;
        } catch (InferException e) {
            assertThat(e.text()).isNotEmpty().doesNotContain("null");
            return false;
        }
    }

    private static String damage(String seed, SplittableRandom random) {
        StringBuilder text = new StringBuilder(seed);
        if (random.nextInt(3) > 0) {
            // A config that still parses gets further: other numbers and other words in the places of some.
            for (int edits = random.nextInt(3); edits >= 0; edits--) {
                replaceOne(text, NUMBER, NUMBERS, random);
                replaceOne(text, WORD, WORDS, random);
            }
            return text.toString();
        }
        for (int edits = random.nextInt(4); edits >= 0; edits--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + random.nextInt(20));
            String piece = PIECES.get(random.nextInt(PIECES.size()));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, to);
                case 1 -> text.insert(at, piece);
                case 2 -> text.insert(at, text.substring(at, to));
                case 3 -> text.insert(tokenStart(text, at), piece + " ");
                case 4 -> text.replace(tokenStart(text, at), tokenEnd(text, at), piece);
                default -> text.delete(tokenStart(text, at), tokenEnd(text, at));
            }
        }
        return text.toString();
    }

    private static void replaceOne(
            StringBuilder text, Pattern pattern, List<String> replacements, SplittableRandom random) {
        List<MatchResult> matches = pattern.matcher(text).results().toList();
        MatchResult match = matches.get(random.nextInt(matches.size()));
        if (random.nextInt(3) > 0) {
            text.replace(match.start(), match.end(), replacements.get(random.nextInt(replacements.size())));
        }
    }

    private static int tokenStart(CharSequence text, int at) {
        int start = at;
        while (start > 0 && !Character.isWhitespace(text.charAt(start - 1))) {
            start--;
        }
        return start;
    }

    private static int tokenEnd(CharSequence text, int at) {
        int end = at;
        while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return end;
    }
}
