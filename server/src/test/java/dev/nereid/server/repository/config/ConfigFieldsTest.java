package dev.nereid.server.repository.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.repository.config.ConfigFields.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields of a config that do nothing here are named in the log, each with the reason, and every field is in the table. */
@Tag("found-30")
class ConfigFieldsTest {
    private static final ConfigFields.Server PLAIN = new ConfigFields.Server(false, false);
    private static final ConfigFields.Server FULL = new ConfigFields.Server(true, true);

    private static Set<String> warnings(String config, ConfigFields.Server server) throws IOException {
        return ConfigFields.warnings(TextFormat.parse(config, ModelConfig.class), server);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            optimization { priority: PRIORITY_MAX }                           | optimization.priority
            optimization { cuda { graphs: true } }                            | optimization.cuda
            optimization { graph { level: -1 } }                              | optimization.graph
            optimization { execution_accelerators { gpu_execution_accelerator { name: 'tensorrt' } } } \
            | optimization.execution_accelerators
            optimization { input_pinned_memory { enable: false } }            | optimization.input_pinned_memory
            optimization { gather_kernel_buffer_threshold: 4 }                | optimization.gather_kernel_buffer_threshold
            model_operations { op_library_filename: 'a.so' }                  | model_operations.op_library_filename
            cc_model_filenames { key: '8.0' value: 'a.onnx' }                 | cc_model_filenames
            instance_group { secondary_devices { device_id: 1 } }             | instance_group.secondary_devices
            """)
    void whatDoesNothingIsNamed(String config, String path) throws IOException {
        assertThat(warnings(config, FULL))
                .singleElement()
                .satisfies(text -> assertThat(text)
                        .isEqualTo("'" + path + "' has no effect: "
                                + ConfigFields.entry(path).orElseThrow().text()));
    }

    @Test
    void whatTheServerLacksIsNamed() throws IOException {
        String config = "response_cache { enable: true } instance_group { rate_limiter { priority: 2 } } "
                + "instance_group { rate_limiter { priority: 3 } }";
        assertThat(warnings(config, PLAIN))
                .containsExactlyInAnyOrder(
                        "'response_cache' has no effect: the server has no response cache: start it with "
                                + "--cache-config=local,size=<bytes>",
                        "'instance_group.rate_limiter' has no effect: the rate limiter is off: start the server with "
                                + "--rate-limit=execution_count");
        assertThat(warnings(config, FULL)).isEmpty();
        assertThat(warnings("response_cache { enable: false }", PLAIN)).isEmpty();
    }

    @Test
    void aConfigThatTheServerHasCompletedIsNoReasonToWarn() {
        ModelConfig written =
                ModelConfig.newBuilder().setName("m").setMaxBatchSize(4).build();
        assertThat(ConfigFields.warnings(ModelConfigDefaults.apply(written), PLAIN))
                .isEmpty();
    }

    @Test
    void everyFieldOfAConfigIsInTheTable() {
        Set<String> missing = new TreeSet<>();
        Set<String> known = new TreeSet<>();
        collect(ModelConfig.getDescriptor(), "", missing, known);
        assertThat(missing).isEmpty();
        assertThat(ConfigFields.ALL)
                .extracting(Entry::path)
                .allMatch(known::contains)
                .doesNotHaveDuplicates();
    }

    private static void collect(Descriptor type, String prefix, Set<String> missing, Set<String> known) {
        for (FieldDescriptor field : type.getFields()) {
            String path = prefix + field.getName();
            known.add(path);
            boolean covered = ConfigFields.ALL.stream()
                    .anyMatch(entry -> path.equals(entry.path()) || path.startsWith(entry.path() + "."));
            boolean message = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField();
            if (message) {
                collect(field.getMessageType(), path + ".", missing, known);
            } else if (!covered) {
                missing.add(path);
            }
        }
    }

    @Test
    void thePageHasTheTable() throws IOException {
        List<String> rows = new ArrayList<>(List.of("| field | here |", "|---|---|"));
        ConfigFields.ALL.forEach(entry -> rows.add("| `" + entry.path() + "` | " + entry.description() + " |"));
        String table = rows.stream().collect(Collectors.joining("\n"));
        Path written = Files.writeString(Path.of("target/config-fields.md"), table + "\n");
        assertThat(Files.readString(Path.of("../docs/repositories.md")))
                .as("docs/repositories.md has another table than " + written)
                .contains(table);
    }
}
