package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.server.CapturedLog;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.observe.LatencyConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelFolders;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.RepositoryRoot;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ModelRepositoryTest {
    @TempDir
    Path root;

    @TempDir
    Path otherRoot;

    private final List<ModelRepository> started = new ArrayList<>();

    private ModelRepository start(RepositoryConfig config) {
        ModelRepository repository = TestRepository.start(config, new FakeBackend());
        started.add(repository);
        return repository;
    }

    private ModelRepository start(ControlMode mode) {
        return start(TestRepository.config(mode, root));
    }

    private static void assertFails(InferException.Code code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferException.class, e -> {
            assertThat(e.text()).isEqualTo(text);
            assertThat(e.code()).isEqualTo(code);
        });
    }

    @AfterEach
    void close() {
        started.forEach(TestRepository::close);
    }

    @Test
    @Statement(127)
    void findsModelsByNameAndVersion() {
        TestRepository.write(
                root, "m", TestRepository.IDENTITY + "version_policy { specific { versions: [1, 3] } }", 1, 2, 3);
        ModelRepository repository = start(ControlMode.NONE);
        assertThat(repository.find("m", "").version()).isEqualTo(3);
        assertThat(repository.find("m", "1").version()).isEqualTo(1);
        assertThat(repository.readyVersions("m")).extracting(Model::version).containsExactly(1L, 3L);
        assertFails(
                InferException.Code.NOT_FOUND,
                "Request for unknown model: 'm' version 2 is not found",
                () -> repository.find("m", "2"));
        assertFails(
                InferException.Code.NOT_FOUND,
                "Request for unknown model: 'nope' is not found",
                () -> repository.find("nope", ""));
        assertFails(
                InferException.Code.INVALID_ARG,
                "failed to get model version from specified version string 'abc' (details: stol), version should be "
                        + "an integral value > 0",
                () -> repository.find("m", "abc"));
        assertFails(
                InferException.Code.INVALID_ARG,
                "invalid model version specified '-1' , version should be an integral value > 0",
                () -> repository.find("m", "-1"));
    }

    @Test
    @Statement({127, 134})
    void tellsUnloadedModelsFromUnknownOnes() {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        repository.unload("m", false);
        repository.unload("m", false);
        repository.unload("nope", true);
        assertFails(
                InferException.Code.NOT_FOUND,
                "Request for unknown model: 'm' has no available versions",
                () -> repository.find("m", ""));
        assertFails(
                InferException.Code.INVALID_ARG,
                "requested model 'm' is not available",
                () -> repository.forStatistics("m", ""));
        assertThat(repository.isReady()).as("unloaded on purpose").isTrue();
        assertThat(repository.isReady("m", "")).isFalse();
    }

    @Test
    void selectsModelsForStatistics() {
        TestRepository.write(root, "b", TestRepository.IDENTITY, 1);
        TestRepository.write(root, "a", TestRepository.IDENTITY + "version_policy { all {} }", 1, 2);
        ModelRepository repository = start(ControlMode.NONE);
        assertThat(repository.forStatistics("", "")).extracting(Model::name).containsExactly("a", "a", "b");
        assertThat(repository.forStatistics("a", "2"))
                .extracting(Model::version)
                .containsExactly(2L);
        assertFails(
                InferException.Code.INVALID_ARG,
                "requested model 'nope' is not available",
                () -> repository.forStatistics("nope", ""));
        assertFails(
                InferException.Code.INVALID_ARG,
                "requested model version is not available for model 'b'",
                () -> repository.forStatistics("b", "9"));
    }

    @Test
    void listsModelsThatWereNeverLoadedByNameAlone() {
        TestRepository.write(root, "loaded", TestRepository.IDENTITY, 1);
        TestRepository.write(root, "asleep", TestRepository.IDENTITY, 1);
        ModelRepository repository = start(RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of("loaded")));
        assertThat(repository.index(false))
                .containsExactly(new IndexEntry("asleep", "", "", ""), new IndexEntry("loaded", "1", "READY", ""));
        assertThat(repository.index(true)).containsExactly(new IndexEntry("loaded", "1", "READY", ""));
        assertThat(repository.isReady()).isTrue();
    }

    @Test
    @Statement(133)
    void loadsNothingAtStartInExplicitModeUnlessAsked() {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        ModelRepository repository = start(RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of()));
        assertThat(repository.readyModels()).isEmpty();
        repository.load("m", LoadParameters.NONE);
        assertThat(repository.readyModels()).hasSize(1);
    }

    @Test
    void refusesToLoadAModelThatTwoRootsHave() {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        TestRepository.write(otherRoot, "m", TestRepository.IDENTITY, 1);
        TestRepository.write(otherRoot, "fine", TestRepository.IDENTITY, 1);
        ModelRepository repository = start(TestRepository.config(ControlMode.NONE, root, otherRoot));
        assertThat(repository.index(false))
                .containsExactly(
                        new IndexEntry("fine", "1", "READY", ""),
                        new IndexEntry("m", "", "UNAVAILABLE", "model appears in two or more repositories"));
        assertThat(repository.isReady()).as("nothing was to be loaded of it").isTrue();
        assertThat(repository.startup().join())
                .containsExactly("failed to load 'm': model appears in two or more repositories");
    }

    @Test
    void unloadsAModelThatASecondRootHasWhereItPollsAndKeepsItWhereItIsAsked() throws IOException {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        ModelRepository polling = start(TestRepository.config(ControlMode.POLL, root, otherRoot));
        ModelRepository asked = start(TestRepository.config(ControlMode.EXPLICIT, root, otherRoot));
        TestRepository.write(otherRoot, "m", TestRepository.IDENTITY, 1, 3);
        polling.poll();
        assertThat(polling.isReady("m", "")).isFalse();
        assertThat(polling.isReady()).isTrue();
        assertThat(polling.index(true))
                .containsExactly(new IndexEntry("m", "", "UNAVAILABLE", "model appears in two or more repositories"));
        assertFails(
                InferException.Code.INTERNAL,
                "failed to load 'm', failed to poll from model repository: model appears in two or more repositories",
                () -> asked.load("m", LoadParameters.NONE));
        assertThat(asked.isReady("m", "1")).isTrue();

        try (Stream<Path> tree = Files.walk(root.resolve("m"))) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        polling.poll();
        assertThat(polling.find("m", "").version()).isEqualTo(3);
    }

    @Test
    void loadsAPolledModelThatComesBackAsItWas() throws IOException {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        ModelRepository repository = start(ControlMode.POLL);
        Files.move(root.resolve("m"), otherRoot.resolve("m"));
        repository.poll();
        assertThat(repository.isReady("m", "")).isFalse();
        Files.move(otherRoot.resolve("m"), root.resolve("m"));
        repository.poll();
        assertThat(repository.isReady("m", "")).isTrue();
        Model back = repository.find("m", "");
        repository.poll();
        assertThat(repository.find("m", "")).isSameAs(back);
    }

    @Test
    @Statement(133)
    void allowsLoadAndUnloadOnlyInExplicitMode() {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        for (ControlMode mode : List.of(ControlMode.NONE, ControlMode.POLL)) {
            ModelRepository repository = start(mode);
            String text = "explicit model load / unload is not allowed if polling is enabled";
            assertFails(InferException.Code.UNAVAILABLE, text, () -> repository.load("m", LoadParameters.NONE));
            assertFails(InferException.Code.UNAVAILABLE, text, () -> repository.unload("m", false));
        }
    }

    @Test
    @Tag("found-16")
    void unloadsNothingWhereANameCannotBeOneOfAModel() {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        for (String name : List.of("", " ", " ..", "../m", "x/../m")) {
            repository.unload(name, true);
        }
        assertThat(repository.isReady("m", "")).isTrue();
    }

    @Test
    @Tag("found-16")
    void refusesNamesThatLeadOutOfTheRepository() {
        ModelRepository repository = start(ControlMode.EXPLICIT);
        for (String name : List.of("../m", "..", " ..", "a/../m", "m/", "a..b", ".", "..\\m")) {
            assertFails(
                    InferException.Code.INVALID_ARG,
                    "invalid model name '" + name + "', model name must not contain path traversal characters",
                    () -> repository.load(name, LoadParameters.NONE));
        }
        assertFails(
                InferException.Code.INVALID_ARG,
                "model name must not be empty",
                () -> repository.load("", LoadParameters.NONE));
        for (String name : List.of(" ", "\t\n ")) {
            assertFails(
                    InferException.Code.INVALID_ARG,
                    "model name must not contain only whitespace characters",
                    () -> repository.load(name, LoadParameters.NONE));
        }
        assertFails(
                InferException.Code.INTERNAL,
                "failed to load 'nope', failed to poll from model repository: model not found in any model repository",
                () -> repository.load("nope", LoadParameters.NONE));
    }

    @Test
    void loadsWithAConfigThatAClientSends() {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        String override = "{\"backend\": \"identity\", \"max_batch_size\": \"16\", "
                + "\"input\": [{\"name\": \"INPUT0\", \"data_type\": \"TYPE_FP32\", \"dims\": [-1]}], "
                + "\"output\": [{\"name\": \"OUTPUT0\", \"dataType\": \"TYPE_FP32\", \"dims\": [-1]}]}";
        repository.load("m", new LoadParameters(override, Map.of()));
        assertThat(repository.find("m", "").config().getMaxBatchSize()).isEqualTo(16);
        assertFails(
                InferException.Code.INTERNAL,
                "failed to load 'm', failed to poll from model repository: Invalid config override: Unexpected end-of-input: "
                        + "expected close marker for Object (start marker at line: 1, column: 1)",
                () -> repository.load("m", new LoadParameters("{", Map.of())));
        assertThat(repository.find("m", "").config().getMaxBatchSize()).isEqualTo(16);
    }

    @Test
    void loadsFilesThatAClientSendsInPlaceOfTheFolder() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        byte[] content = "x".getBytes(StandardCharsets.UTF_8);
        String override = "{\"backend\": \"fake\", \"max_batch_size\": 8, "
                + "\"input\": [{\"name\": \"INPUT0\", \"data_type\": \"TYPE_FP32\", \"dims\": [-1]}], "
                + "\"output\": [{\"name\": \"OUTPUT0\", \"data_type\": \"TYPE_FP32\", \"dims\": [-1]}]}";
        repository.load("m", new LoadParameters(override, Map.of("7/model", content)));
        assertThat(repository.find("m", "").version()).isEqualTo(7);

        String failure = "failed to load 'm', failed to poll from model repository: ";
        Map<String, String> reasons = Map.of(
                "../../escape",
                "'../../escape' lies outside of the model's folder",
                "1/" + "x".repeat(300),
                "file '1/" + "x".repeat(198) + "...' cannot be written: File name too long",
                "",
                "file '' has no name");
        reasons.forEach((path, reason) -> assertFails(
                InferException.Code.INTERNAL,
                failure + reason,
                () -> repository.load("m", new LoadParameters(override, Map.of(path, content)))));
        assertFails(
                InferException.Code.INTERNAL,
                failure + "a load with files needs a config too, in its parameter 'config'",
                () -> repository.load("m", new LoadParameters("", Map.of("1/model", content))));
        assertThat(repository.find("m", "").version()).isEqualTo(7);

        repository.load("m", LoadParameters.NONE);
        assertThat(repository.find("m", "").version()).isEqualTo(1);
    }

    @Test
    void saysWhereAConfigIsWrong() {
        TestRepository.write(root, "m", "name: \"m\"\nmax_batch: 8\n", 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        Path file = root.resolve("m/config.pbtxt");
        assertThat(repository.index(false))
                .containsExactly(new IndexEntry(
                        "m",
                        "",
                        "UNAVAILABLE",
                        file + ":2:1: unknown field inference.ModelConfig.max_batch; did you mean max_batch_size?"));
        assertFails(
                InferException.Code.INTERNAL,
                "failed to load 'm', failed to poll from model repository: " + file
                        + ":2:1: unknown field inference.ModelConfig.max_batch; did you mean max_batch_size?",
                () -> repository.load("m", LoadParameters.NONE));
    }

    @Test
    void saysWhatIsMissingOrOfAnotherName() {
        TestRepository.write(root, "empty", TestRepository.IDENTITY);
        TestRepository.write(root, "folder", "name: \"other\"", 1);
        TestRepository.write(root, "plan", "platform: \"tensorrt_plan\"", 1);
        TestRepository.write(root, "riddle", "", 1);
        ModelRepository repository = start(ControlMode.NONE);
        assertThat(repository.index(false))
                .extracting(IndexEntry::reason)
                .containsExactly(
                        "at least one version must be available under the version policy of model 'empty': '"
                                + root.resolve("empty")
                                + "' has no version folder, which is one whose name is a number; it "
                                + "holds 'config.pbtxt': mkdir -p " + root.resolve("empty/1"),
                        "unexpected directory name 'folder' for model 'other', directory name must equal model name",
                        "Invalid argument: unable to find backend library for backend 'tensorrt', try specifying "
                                + "runtime on the model configuration. Nereid has no backend 'tensorrt': a TensorRT "
                                + "plan cannot be converted back: export the model it was built from to ONNX and serve that "
                                + "with backend 'onnxruntime'",
                        "Invalid model name: Could not determine backend for model 'riddle' with no "
                                + "backend in model configuration. Expected model name of the form "
                                + "'model.<backend_name>'. '" + root.resolve("riddle/1")
                                + "' has no model.onnx; it is empty: "
                                + "cp FILE.onnx " + root.resolve("riddle/1/model.onnx"));
    }

    @Test
    void isNotReadyForAModelWithoutVersionsAndDoesNotKnowOneWithoutAUsableConfig() {
        TestRepository.write(root, "bad", TestRepository.IDENTITY.replace("size: 8", "size: -1"), 1);
        ModelRepository repository = start(ControlMode.NONE);
        assertThat(repository.startup().join())
                .containsExactly("failed to load 'bad': 'max_batch_size' must be non-negative value for bad");
        assertThat(repository.isReady()).isTrue();
        assertFails(
                InferException.Code.NOT_FOUND,
                "Request for unknown model: 'bad' is not found",
                () -> repository.find("bad", "1"));

        TestRepository.write(root, "empty", TestRepository.IDENTITY);
        ModelRepository second = start(ControlMode.NONE);
        second.startup().join();
        assertThat(second.isReady()).isFalse();
        assertFails(
                InferException.Code.NOT_FOUND,
                "Request for unknown model: 'empty' has no available versions",
                () -> second.find("empty", ""));
    }

    @Test
    void takesNoModelWithoutAConfigWhereNothingIsCompleted() {
        TestRepository.write(root, "m.fake", "", 1);
        assertThat(root.resolve("m.fake/config.pbtxt")).exists().satisfies(Files::delete);
        assertThatThrownBy(() -> ModelSource.read(
                        ModelId.of("m.fake"),
                        root.resolve("m.fake"),
                        LoadParameters.NONE,
                        new ModelConfigReader("", true)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("failed to open text file for read " + root.resolve("m.fake/config.pbtxt")
                        + ": No such file or directory");
    }

    @Test
    void logsLoadsAndUnloadsInTheWordsThatScriptsLookFor() throws IOException {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        for (String other : List.of("003", "abc", "warmup")) {
            Files.createDirectories(root.resolve("m").resolve(other));
        }
        TestRepository.write(root, "bad", TestRepository.IDENTITY.replace("size: 8", "size: -1"), 1);
        TestRepository.write(root, "plan", "platform: \"tensorrt_plan\"", 1);
        Logger log = (Logger) LoggerFactory.getLogger(ModelRepository.class.getPackageName());
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            ModelRepository repository = start(ControlMode.NONE);
            repository.startup().join();
            TestRepository.close(repository);
            started.clear();
        } finally {
            log.detachAppender(lines);
        }
        assertThat(List.copyOf(lines.list))
                .extracting(line -> line.getLevel() + " " + line.getFormattedMessage())
                .contains(
                        "INFO loading: m:1",
                        "WARN ignore version directory '003' which contains leading zeros in its directory name",
                        "WARN ignore version directory 'abc' which fails to convert to integral number",
                        "INFO successfully unloaded 'm' version 1",
                        "ERROR Poll failed for model directory 'bad': 'max_batch_size' must be non-negative value for bad")
                .anyMatch(line -> line.startsWith("INFO successfully loaded 'm' version 1"))
                .anyMatch(line ->
                        line.startsWith("ERROR failed to load 'plan' version 1: Invalid argument: unable to find "))
                .noneMatch(line -> line.contains("'warmup'"));
    }

    @Test
    void loadsAModelWithoutTensorsAndWarnsOfAMetricThatHasNoBuckets() {
        String metrics = "model_metrics { metric_control { metric_identifier { family: 'nv_inference_count' } "
                + "histogram_options { buckets: 1 } } }";
        TestRepository.write(root, "m", "backend: 'identity' " + metrics, 1);
        try (CapturedLog log = CapturedLog.of(VersionLoader.class)) {
            ModelRepository repository = start(ControlMode.NONE);
            assertThat(repository.startup().join()).isEmpty();
            assertThat(repository.isReady("m", "")).isTrue();
            assertThat(log.lines())
                    .contains(
                            "Metric family 'nv_inference_count' in 'metric_identifier' is not a customizable metric in "
                                    + "Triton core.");
        }
    }

    @Test
    void refusesAModelThatWouldNotFitTheMemoryLimit() throws IOException {
        TestRepository.write(root, "large", FakeBackend.CONFIG, 1);
        TestRepository.write(root, "small", FakeBackend.CONFIG, 1);
        Files.write(root.resolve("large/1/weights"), new byte[8 << 20]);
        long used = dev.nereid.memory.NativeMemory.budget().used();
        RepositoryConfig config = new RepositoryConfig(
                List.of(new RepositoryRoot.Local(root)),
                ControlMode.NONE,
                java.time.Duration.ofSeconds(15),
                List.of(),
                false,
                new ModelConfigReader("", false),
                true,
                true,
                1,
                0,
                MemoryLimit.ofBytes(used + (4 << 20)),
                Long.MAX_VALUE,
                Map.of(),
                HostPolicies.NONE,
                LatencyConfig.DEFAULT,
                false,
                false,
                Optional.empty());
        ModelRepository repository = start(config);
        assertThat(repository.isReady("small", "")).isTrue();
        assertThat(repository.startup().join())
                .singleElement()
                .asString()
                .contains("model 'large' version 1 needs about 8 MiB of memory, but of the limit of ")
                .contains("(--memory-limit) only ");
    }

    @Test
    void prefersTheNamedConfig() throws IOException {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        Files.createDirectories(root.resolve("m/configs"));
        Files.writeString(
                root.resolve("m/configs/large.pbtxt"), TestRepository.IDENTITY.replace("size: 8", "size: 64"));
        RepositoryConfig base = TestRepository.config(ControlMode.NONE, root);
        RepositoryConfig named = new RepositoryConfig(
                base.roots(),
                base.mode(),
                base.pollInterval(),
                base.startupModels(),
                base.namespacing(),
                new ModelConfigReader("large", false),
                base.autoComplete(),
                base.strictReadiness(),
                base.loadThreads(),
                base.loadRetries(),
                base.memoryLimit(),
                base.modelMemoryBudget(),
                base.backendConfig(),
                base.hostPolicies(),
                base.latencies(),
                base.preferAdaptive(),
                base.preferGpu(),
                base.shadowDifferences());
        assertThat(start(named).find("m", "").config().getMaxBatchSize()).isEqualTo(64);
    }

    @Test
    void saysThatARepositoryIsMissingOrEmptyOrAModelItself() throws IOException {
        Backends none = new Backends(List.of());
        assertThatThrownBy(() -> ModelRepository.start(RepositoryConfig.of(root.resolve("nope")), none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("failed to stat file " + root.resolve("nope") + ": the model repository does not exist");
        ModelFolders folders = new ModelFolders(List.of(new RepositoryRoot.Local(root)), false);
        assertThat(folders.emptyText())
                .isEqualTo("no model in repository '" + root + "': it is empty; expected <model>/<version>/model.onnx: "
                        + "mkdir -p " + root.resolve("my_model/1") + " && cp FILE.onnx "
                        + root.resolve("my_model/1/model.onnx")
                        + "; or serve a file as it lies: nereid serve FILE.onnx");
        Files.writeString(root.resolve("config.pbtxt"), "");
        assertThat(folders.emptyText())
                .endsWith("it is a model and no repository, for it holds config.pbtxt; the repository is its parent "
                        + "folder: nereid serve --model-repository=" + root.getParent());
    }

    @Test
    void readsLabels() throws IOException {
        TestRepository.write(
                root, "m", TestRepository.IDENTITY.replace("output [ {", "output [ { label_filename: 'l.txt'"), 1);
        Files.writeString(root.resolve("m/l.txt"), "zero\none\n");
        assertThat(start(ControlMode.NONE).find("m", "").labels("OUTPUT0")).containsExactly("zero", "one");
    }
}
