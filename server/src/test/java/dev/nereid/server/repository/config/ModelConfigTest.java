package dev.nereid.server.repository.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.proto.inference.ModelQueuePolicy;
import dev.nereid.server.ConfigText;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.VersionFolders;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {
    private static final String TENSORS =
            "input { name: 'X' data_type: TYPE_FP32 dims: 2 } output { name: 'Y' data_type: TYPE_FP32 dims: 2 } ";

    @TempDir
    Path folder;

    private static ModelConfig config(String text) {
        return ConfigText.parse(text);
    }

    private static void check(String text) {
        ModelConfig config = ModelConfigDefaults.apply(config("name: 'm' backend: 'onnxruntime' " + text));
        ModelConfigChecks.check(config);
        ModelConfigChecks.checkTensors(config);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "metric_tags { key: 'my tag' value: 'x' }"
                        + "| metric_tags: expected names of letters, digits and underscores, got 'my tag'",
                "max_batch_size: -1 | 'max_batch_size' must be non-negative value for m",
                "max_batch_size: 4 dynamic_batching { preferred_batch_size: 0 }"
                        + "| dynamic batching preferred size must be positive for m",
                "max_batch_size: 4 dynamic_batching { preferred_batch_size: 5 }"
                        + "| dynamic batching preferred size must be <= max batch size for m",
                "max_batch_size: 4 dynamic_batching { priority_levels: 2 }"
                        + "| default priority level must be in range [1, 2] for m",
                "max_batch_size: 4 dynamic_batching { priority_levels: 2 default_priority_level: 3 }"
                        + "| default priority level must be in range [1, 2] for m",
                "max_batch_size: 4 dynamic_batching { priority_levels: 2 default_priority_level: 1 "
                        + "priority_queue_policy { key: 3 value {} } }"
                        + "| priority queue policy must have priority level in range [1, 2] for m",
                "max_batch_size: 4 dynamic_batching { priority_levels: 2 default_priority_level: 1 "
                        + "preserve_ordering: true }"
                        + "| Only one priority level is allowed when 'preserve_ordering' is true for m",
                "max_batch_size: 4 dynamic_batching { preserve_ordering: true default_queue_policy { "
                        + "timeout_action: DELAY default_timeout_microseconds: 1 } }"
                        + "| Queue policy can not have DELAY as timeout action when 'preserve_ordering' is true for m",
                "instance_group { kind: KIND_GPU } "
                        + "| instance group m_0 of model m has kind KIND_GPU but server does not support GPUs",
                "instance_group { kind: KIND_CPU gpus: 0 } "
                        + "| instance group m_0 of model m has kind KIND_CPU but specifies one or more GPUs",
                "instance_group { kind: KIND_MODEL gpus: 0 } "
                        + "| instance group m_0 of model m has kind KIND_MODEL but specifies one or more GPUs",
                "instance_group { profile: 'fast' } "
                        + "| instance group m_0 of model m and platform specifies profile field which is only supported "
                        + "for TensorRT models",
                "parameters { key: 'scheduler.policy' value { string_value: 'adaptive' } } "
                        + "parameters { key: 'scheduler.slo_ms' value { string_value: '50' } } "
                        + "parameters { key: 'scheduler.max_instances' value { string_value: '1025' } } "
                        + "| parameter 'scheduler.max_instances' allows 1025 instances, each with a thread, expected at "
                        + "most 1024 for m",
                "model_metrics { metric_control {} } | metric control must specify 'metric_identifier'",
                "model_metrics { metric_control { metric_identifier {} } } "
                        + "| metric identifier must specify non-empty 'family'",
                "model_metrics { metric_control { metric_identifier { family: 'f' } } } "
                        + "| metric control must specify 'histogram_options'",
                "model_metrics { metric_control { metric_identifier { family: 'f' } histogram_options {} } } "
                        + "| histogram options must specify non-empty 'buckets'",
                "response_cache { enable: true } model_transaction_policy { decoupled: true } "
                        + "| Response Cache does not currently support model m with 'decoupled' transaction policy. "
                        + "Please disable the response cache.",
            })
    @Statement({29, 49, 50, 114, 118})
    void refusesConfigsThatContradictThemselves(String text, String message) {
        assertThatThrownBy(() -> check(TENSORS + text))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "input { data_type: TYPE_FP32 dims: 2 } | model input must specify 'name' for m",
                "input { name: \"X\" dims: 2 } | model input 'X' must specify 'data_type' for m",
                "input { name: \"X\" data_type: TYPE_FP32 } | model input 'X' must specify 'dims' for m",
                "input { name: \"X\" data_type: TYPE_FP32 dims: 0 } | model input 'X' dimension must be integer >= 1, or "
                        + "-1 to indicate a variable-size dimension for m",
                "input { name: \"X\" data_type: TYPE_FP32 dims: 6 reshape { shape: [ 4 ] } } "
                        + "| model input 'X' has different size for dims and reshape for m",
                "input { name: \"X\" data_type: TYPE_FP32 dims: -1 reshape { shape: [ 4 ] } } "
                        + "| model input 'X' has different size for dims and reshape for m",
                "input { name: \"X\" data_type: TYPE_FP32 dims: -1 reshape { shape: [ -1, -1 ] } } | model input 'X' "
                        + "has different number of variable-size dimensions for dims and reshape for m",
                "input { name: \"X\" data_type: TYPE_FP32 dims: 4 reshape { shape: [ 4, 0 ] } } | model input 'X' "
                        + "reshape dimensions must be integer >= 1, or -1 to indicate a variable-size dimension for m",
                "input { name: \"X\" data_type: TYPE_FP32 dims: 1 reshape {} } | model input 'X' cannot have empty "
                        + "reshape for non-batching model as scalar tensors are not supported for m",
                "max_batch_size: 4 input { name: \"X\" data_type: TYPE_FP32 } "
                        + "| model input 'X' must specify 'dims' for m",
                "input { name: \"X\" data_type: TYPE_FP32 dims: [ 2, 2 ] format: FORMAT_NHWC } "
                        + "| model input NHWC/NCHW require 3 dims for m",
                "input { name: \"X\" data_type: TYPE_FP32 dims: [ 2, 2, 2 ] is_non_linear_format_io: true } "
                        + "| Non-linear IO format is only supported for the TensorRT platform for m",
            })
    void refusesTensorsThatAreNotDescribed(String input, String message) {
        assertThatThrownBy(() -> check(input + " output { name: 'Y' data_type: TYPE_FP32 dims: 2 }"))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "batch_input { kind: BATCH_ELEMENT_COUNT target_name: 'C' data_type: TYPE_INT32 } "
                        + "| batch input kind 'BATCH_ELEMENT_COUNT' expects 1 source input, got 0 for m",
                "batch_input { kind: BATCH_ITEM_SHAPE data_type: TYPE_INT32 source_input: 'X' source_input: 'X' } "
                        + "| batch input kind 'BATCH_ITEM_SHAPE' expects 1 source input, got 2 for m",
                "batch_input { data_type: TYPE_INT64 source_input: 'X' } "
                        + "| batch input data type must be TYPE_INT32 or TYPE_FP32 for m",
                "batch_input { data_type: TYPE_INT32 source_input: 'Z' } | unknown source input name 'Z' for m",
                "batch_output { target_name: 'Y' } "
                        + "| batch output kind 'BATCH_SCATTER_WITH_INPUT_SHAPE' expects 1 source input, got 0 for m",
                "batch_output { target_name: 'Y' source_input: 'Z' } | unknown source input name 'Z' for m",
                "batch_output { target_name: 'W' source_input: 'X' } | unknown target output name 'W' for m",
                "batch_output { target_name: 'Y' target_name: 'Y' source_input: 'X' } "
                        + "| target output name 'Y' can only be specified once for m",
            })
    @Statement({39, 40})
    void refusesBatchTensorsThatMeanNothing(String text, String message) {
        assertThatThrownBy(() -> check("max_batch_size: 8 " + TENSORS + text))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(message);
    }

    @Test
    void acceptsPoliciesOfPrioritiesThatAreNotUsed() {
        check(TENSORS + "max_batch_size: 4 dynamic_batching { priority_queue_policy { key: 3 value {} } }");
    }

    @Test
    void acceptsAReshapeOfEqualSize() {
        check("input { name: 'X' data_type: TYPE_FP32 dims: [ 3, 4, 4 ] reshape { shape: [ 1, 3, 16 ] } } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 }");
    }

    @Test
    @Statement({114, 115})
    void namesInstanceGroupsAndCountsTheirInstances() {
        ModelConfig config = ModelConfigDefaults.apply(config("name: 'm' backend: 'onnxruntime' "
                + "instance_group { kind: KIND_CPU } instance_group { name: 'mine' count: 3 } "
                + "instance_group { kind: KIND_MODEL }"));
        assertThat(config.getInstanceGroupList())
                .extracting(ModelInstanceGroup::getName)
                .containsExactly("m_0", "mine", "m_2");
        assertThat(config.getInstanceGroupList())
                .extracting(ModelInstanceGroup::getCount)
                .containsExactly(2, 3, 1);
        assertThat(config.getInstanceGroup(1).getKind()).isEqualTo(ModelInstanceGroup.Kind.KIND_CPU);
    }

    @Test
    void saysWhereEachUnknownFieldIs() throws IOException {
        Files.writeString(folder.resolve("config.pbtxt"), "name: 'm'\nfoo: 3\ninput [ { bar: 1 } ]\n");
        assertThatThrownBy(() -> new ModelConfigReader("", false).read(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder.resolve("config.pbtxt") + ":2:1: unknown field inference.ModelConfig.foo; "
                        + folder.resolve("config.pbtxt") + ":3:11: unknown field inference.ModelInput.bar");
    }

    @Test
    void saysWhereAValueIsMalformed() throws IOException {
        Files.writeString(folder.resolve("config.pbtxt"), "name: 'm'\nmax_batch_size: many\n");
        assertThatThrownBy(() -> new ModelConfigReader("", false).read(folder))
                .hasMessageStartingWith(folder.resolve("config.pbtxt") + ":2:17: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "max_batch_size: 8\nmax_batch_size: 4",
                "dynamic_batching { }\ndynamic_batching { }",
                "dynamic_batching { }\nsequence_batching { }",
                "version_policy { all {} latest { num_versions: 2 } }"
            })
    void refusesWhatIsSetTwice(String text) throws IOException {
        Files.writeString(folder.resolve("config.pbtxt"), "name: 'm'\n" + text);
        assertThatThrownBy(() -> new ModelConfigReader("", false).read(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageMatching(".*config\\.pbtxt:[23]:[0-9]+: (Non-repeated field|Field) .*");
    }

    @Test
    void readsPastCommentsInOtherEncodings() throws IOException {
        Files.write(
                folder.resolve("config.pbtxt"),
                new byte[] {'#', ' ', (byte) 0xE9, '\n', 'n', 'a', 'm', 'e', ':', '"', 'm', '"'});
        assertThat(new ModelConfigReader("", false).read(folder).getName()).isEqualTo("m");
    }

    @Test
    void takesEnumsOfJsonInAnyCase() {
        ModelConfig config = ConfigOverride.parse("{\"input\":[{\"name\":\"X\",\"data_type\":\"type_fp32\"}],"
                + "\"dynamicBatching\":{\"priority_queue_policy\":{\"2\":{\"timeout_action\":\"delay\"}}}}");
        assertThat(config.getInput(0).getDataType()).isEqualTo(DataType.TYPE_FP32);
        assertThat(config.getDynamicBatching().getPriorityQueuePolicyOrThrow(2).getTimeoutAction())
                .isEqualTo(ModelQueuePolicy.TimeoutAction.DELAY);
    }

    @Test
    @Tag("found-13")
    void takesOneElementOfAListWithoutTheListInJson() {
        ModelConfig config = ConfigOverride.parse("{\"instance_group\":{\"kind\":\"kind_cpu\",\"count\":2},"
                + "\"input\":{\"name\":\"X\",\"data_type\":\"TYPE_FP32\",\"dims\":-1},"
                + "\"versionPolicy\":{\"specific\":{\"versions\":\"3\"}},\"output\":null}");
        assertThat(config.getInstanceGroupList())
                .containsExactly(ModelInstanceGroup.newBuilder()
                        .setKind(ModelInstanceGroup.Kind.KIND_CPU)
                        .setCount(2)
                        .build());
        assertThat(config.getInput(0).getDimsList()).containsExactly(-1L);
        assertThat(config.getVersionPolicy().getSpecific().getVersionsList()).containsExactly(3L);
        assertThat(config.getOutputList()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"max_batch_size\":2} trailing",
                "{\"max_batch_size\":2,\"max_batch_size\":3}",
                "{\"max_batch_size\":2}}",
                "{\"input\":[{\"data_type\":\"type_fp33\"}]}"
            })
    void refusesOverridesThatAreNoJson(String json) {
        assertThatThrownBy(() -> ConfigOverride.parse(json))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith("Invalid config override: ");
    }

    @Test
    void findsBackendPlatformAndFileInEachOther() throws IOException {
        Files.createFile(folder.resolve("model.onnx"));
        for (String text : List.of("", "backend: 'onnxruntime'", "platform: 'onnxruntime_onnx'")) {
            ModelConfig config = BackendNames.complete(config("name: 'm' " + text), folder);
            assertThat(config.getBackend()).isEqualTo("onnxruntime");
            assertThat(config.getPlatform()).isEqualTo("onnxruntime_onnx");
            assertThat(config.getDefaultModelFilename()).isEqualTo("model.onnx");
        }
    }

    @Test
    void takesBackendAndFileFromTheModelsNameAtLast() {
        ModelConfig config = BackendNames.complete(config("name: 'm.identity'"), folder);
        assertThat(config.getBackend()).isEqualTo("identity");
        assertThat(config.getDefaultModelFilename()).isEqualTo("model.identity");
    }

    @Test
    void refusesAPlatformThatIsNotThatOfTheFilesName() {
        String model = "name: 'm' platform: 'onnxruntim' ";
        assertThatThrownBy(() -> BackendNames.complete(config(model + "default_model_filename: 'model.onnx'"), folder))
                .hasMessage("unexpected 'platform' and 'backend' pair, got:onnxruntim, onnxruntime");
        assertThatThrownBy(() -> BackendNames.complete(config(model), folder))
                .hasMessage("unexpected platform type 'onnxruntim' for m");
    }

    @Test
    void saysWhatToExportInPlaceOfAnotherBackend() {
        ModelConfig config = BackendNames.complete(config("name: 'm' backend: 'openvino'"), folder);
        assertThat(BackendNames.notAvailable(config))
                .isEqualTo("unable to find backend library for backend 'openvino', try specifying runtime on the model "
                        + "configuration. Nereid has no backend 'openvino': export the model it was converted "
                        + "from to ONNX and serve that with backend 'onnxruntime'");
    }

    @Test
    void takesTheLibraryOfTheBackendsNameAndNoOther() {
        String model = "name: 'm' backend: 'identity' runtime: ";
        BackendNames.checkRuntime(config(model + "'libtriton_identity.so'"));
        BackendNames.checkRuntime(config(model + "''"));

        assertThatThrownBy(() -> BackendNames.checkRuntime(config(model + "'__invalid_runtime__'")))
                .hasMessageContaining("unable to find backend library '__invalid_runtime__' for model 'm'");
        assertThatThrownBy(() -> BackendNames.checkRuntime(config(model + "'../other/libtriton_identity.so'")))
                .hasMessage("backend library name '../other/libtriton_identity.so' escapes backend directory "
                        + "'identity', for model 'm', check model config runtime field");
    }

    @Test
    @Statement(126)
    void choosesVersionsByThePolicy() throws IOException {
        for (String name : List.of("1", "2", "10", "03", "x", "configs")) {
            Files.createDirectory(folder.resolve(name));
        }
        Files.createFile(folder.resolve("4"));
        SortedSet<Long> available = VersionFolders.available(folder);
        assertThat(available).containsExactly(1L, 2L, 10L);
        assertThat(chosen("", available)).containsExactly(10L);
        assertThat(chosen("latest { num_versions: 2 }", available)).containsExactly(2L, 10L);
        assertThat(chosen("all {}", available)).containsExactly(1L, 2L, 10L);
        assertThat(chosen("specific { versions: [ 2, 7 ] }", available)).containsExactly(2L);
    }

    private static Iterable<Long> chosen(String policy, SortedSet<Long> available) {
        return VersionFolders.select(
                config("version_policy { " + policy + " }").getVersionPolicy(), available, ModelId.of("m"));
    }
}
