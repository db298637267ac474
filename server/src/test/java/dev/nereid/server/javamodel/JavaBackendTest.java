package dev.nereid.server.javamodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ensemble.FakeStepModel;
import dev.nereid.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a folder with jars to instances, and what is wrong with those that cannot be loaded. */
class JavaBackendTest {
    private static final String START = "model 'm' of backend 'java': ";
    private static final String TWICE = """
            package example;
            import dev.nereid.server.model.*;
            import dev.nereid.tensor.Tensor;
            import java.util.List;
            public class Twice implements JavaModel {
                private ModelContext context;
                @Override public void initialize(ModelContext given) { context = given; }
                @Override public void execute(List<ModelRequest> requests) {
                    for (ModelRequest request : requests) {
                        Tensor in = request.input("IN");
                        int factor = Integer.parseInt(context.parameters().getOrDefault("factor", "2"));
                        int[] values = Tensors.ints(in);
                        for (int i = 0; i < values.length; i++) {
                            values[i] *= factor;
                        }
                        request.respond(new ModelResponse()
                                .output("OUT", Tensors.fill(request.allocate(in.dataType(), in.shape()), values)));
                    }
                }
            }
            """;

    @TempDir
    private Path root;

    private Path version;
    private final SlabPool memory = new SlabPool(0);
    private final JavaBackend backend = new JavaBackend(
            (name, _) -> {
                throw InferException.notFound("no model " + name);
            },
            memory,
            Clock.system());

    @BeforeEach
    void makeFolder() throws IOException {
        version = Files.createDirectories(root.resolve("m/1"));
    }

    private static ModelConfig config(String className, String more) {
        return FakeStepModel.config("name: 'm' backend: 'java' "
                + "input { name: 'IN' data_type: TYPE_INT32 dims: -1 } output { name: 'OUT' data_type: TYPE_INT32 dims: -1 }"
                + (className.isEmpty() ? "" : "parameters { key: 'class' value { string_value: '" + className + "' } }")
                + more);
    }

    private void write(String className, String source) {
        ModelJar.write(version.resolve("model.jar"), Map.of(className, source));
    }

    /** The error of a load, and of the making of an instance. */
    private void assertNotLoaded(ModelConfig config, String text) {
        assertThatThrownBy(() -> {
                    try (BackendModel model = backend.load(config, version)) {
                        model.newInstance("m_0").close();
                    }
                })
                .isInstanceOf(InferException.class)
                .hasMessage(text)
                .hasNoCause();
    }

    /** Executes one request. */
    private static final class OneExecution implements Execution {
        private final InferRequest request = new InferRequest(
                InferRequest.Header.of("m", "", "id"),
                List.of(new InputTensor("IN", FakeStepModel.number(Shape.of(1), 21))),
                List.of(),
                List.of(),
                0);
        private String heard = "";
        private Shape shape = Shape.of();

        @Override
        public InferRequest request() {
            return request;
        }

        @Override
        public void stage(Stage stage) {}

        @Override
        public void respond(InferResponse response, boolean last) {
            shape = response.outputs().getFirst().tensor().shape();
            heard += "OUT=" + response.outputs().getFirst().tensor().segment().get(ValueLayout.JAVA_INT, 0);
            response.close();
        }

        @Override
        public void failOne(InferException error) {
            heard += "one " + error.text();
        }

        @Override
        public void fail(InferException error) {
            heard += error.text();
        }

        @Override
        public void end() {
            heard += "end";
        }
    }

    private static String execute(ModelInstance instance) {
        OneExecution execution = new OneExecution();
        instance.execute(new Batch(List.of(execution)));
        return execution.heard;
    }

    @Test
    void runsTheClassOfAJar() {
        write("example.Twice", TWICE);
        ModelConfig config = config("example.Twice", "parameters { key: 'factor' value { string_value: '3' } }");
        try (BackendModel model = backend.load(config, version);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(execute(instance)).isEqualTo("OUT=63");
        }
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void codeSeesTheShapeBehindAReshapeAndClientsTheOtherOne() {
        write("example.Rank", """
                package example;
                import dev.nereid.server.model.*;
                import dev.nereid.tensor.*;
                import java.util.List;
                public class Rank implements JavaModel {
                    private ModelContext context;
                    @Override public void initialize(ModelContext given) { context = given; }
                    @Override public void execute(List<ModelRequest> requests) {
                        for (ModelRequest request : requests) {
                            int ranks = 100 * context.inputs().getFirst().dims().size() + request.input("IN").shape().rank();
                            request.respond(new ModelResponse().output("OUT",
                                    Tensors.fill(request.allocate(DataType.INT32, Shape.of(1, 1)), new int[] {ranks})));
                        }
                    }
                }
                """);
        ModelConfig config = FakeStepModel.config("name: 'm' backend: 'java' "
                + "input { name: 'IN' data_type: TYPE_INT32 dims: 1 reshape { shape: [ 1, 1, 1 ] } } "
                + "output { name: 'OUT' data_type: TYPE_INT32 dims: [ 1, 1, 1, 1 ] reshape { shape: [ 1, 1 ] } } "
                + "parameters { key: 'class' value { string_value: 'example.Rank' } }");
        try (BackendModel model = backend.load(config, version);
                ModelInstance instance = model.newInstance("m_0")) {
            OneExecution execution = new OneExecution();
            instance.execute(new Batch(List.of(execution)));
            assertThat(execution.heard).isEqualTo("OUT=303");
            assertThat(execution.shape).isEqualTo(Shape.of(1, 1, 1, 1));
        }
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void furtherJarsAreBehindTheNamedOne() {
        ModelJar.write(
                version.resolve("named.jar"),
                Map.of("example.Twice", TWICE, "example.Helper", "package example; public class Helper {}"));
        // Of two classes of one name that of the named jar counts.
        ModelJar.write(
                version.resolve("a-library.jar"),
                Map.of("example.Twice", TWICE.replace("*= factor", "*= 1000"), "other.Only", """
                        package other;
                        public class Only extends example.Twice {}
                        """));
        try (BackendModel model = backend.load(config("other.Only", "default_model_filename: 'named.jar'"), version);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(execute(instance)).isEqualTo("OUT=42");
        }
    }

    @Test
    void jarMayBeReplacedWhileItsModelServes() throws IOException {
        write("example.Twice", TWICE);
        try (BackendModel model = backend.load(config("example.Twice", ""), version)) {
            Files.writeString(version.resolve("model.jar"), "no jar any more");
            try (ModelInstance instance = model.newInstance("m_0")) {
                assertThat(execute(instance)).isEqualTo("OUT=42");
            }
        }
    }

    @Test
    void seesNothingOfTheServerButWhatIsMadeForModels() {
        write("example.Looks", """
                package example;
                import dev.nereid.server.model.*;
                import dev.nereid.server.protocol.*;
                import java.util.*;
                public class Looks implements JavaModel {
                    @Override public void execute(List<ModelRequest> requests) {
                        List<String> seen = new ArrayList<>();
                        for (String name : List.of(
                                "dev.nereid.server.model.Call", "dev.nereid.tensor.Tensor",
                                "dev.nereid.server.protocol.InferException$Code", "dev.nereid.server.protocol.Parameter$Int",
                                "dev.nereid.server.protocol.InferRequest", "dev.nereid.server.commands.Main",
                                "com.google.protobuf.Message", "org.slf4j.Logger", "java.sql.Connection")) {
                            try {
                                Class.forName(name);
                                seen.add(name.substring(name.lastIndexOf('.') + 1));
                            } catch (ClassNotFoundException e) {
                                // Not to be seen.
                            }
                        }
                        seen.add(String.valueOf(Thread.currentThread().getContextClassLoader() == getClass().getClassLoader()));
                        requests.forEach(request -> request.fail(InferException.unsupported(seen.toString())));
                    }
                }
                """);
        try (BackendModel model = backend.load(config("example.Looks", ""), version);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(execute(instance))
                    .isEqualTo("[Call, Tensor, InferException$Code, Parameter$Int, Connection, true]");
        }
    }

    @Test
    void tellsAnInstanceAboutItself() {
        write("example.Tells", """
                package example;
                import dev.nereid.server.model.*;
                import dev.nereid.server.protocol.*;
                import java.util.*;
                public class Tells implements JavaModel {
                    private String told;
                    @Override public void initialize(ModelContext c) {
                        told = c.modelName() + " " + c.version() + " " + c.instanceName() + " " + c.versionFolder().getFileName()
                                + " " + c.parameters() + " " + c.inputs() + " " + c.outputs() + " " + c.maxBatchSize() + " "
                                + c.decoupled() + " " + c.configJson().contains("max_batch_size");
                    }
                    @Override public void execute(List<ModelRequest> requests) {
                        ModelRequest r = requests.get(0);
                        r.fail(InferException.invalid(told + " " + r.inputNames() + " " + r.id() + r.wants("OUT") + r.timeLeft()));
                    }
                }
                """);
        try (BackendModel model = backend.load(config("example.Tells", "max_batch_size: 4"), version);
                ModelInstance instance = model.newInstance("m_0_1")) {
            assertThat(execute(instance))
                    .isEqualTo(
                            "m 1 m_0_1 1 {class=example.Tells} [TensorSpec[name=IN, dataType=INT32, dims=[-1]]] "
                                    + "[TensorSpec[name=OUT, dataType=INT32, dims=[-1]]] 4 false true [IN] idtrueOptional.empty");
        }
    }

    @Test
    void namesTheParameterThatIsMissing() {
        write("example.Twice", TWICE);
        assertNotLoaded(
                config("", "parameters { key: 'klass' value { string_value: 'example.Twice' } }"),
                START + "expected parameter 'class' with the name of a class that implements "
                        + "dev.nereid.server.model.JavaModel, got parameters [klass]");
    }

    @Test
    void namesTheJarThatIsMissing() throws IOException {
        assertNotLoaded(
                config("example.Twice", ""),
                START + "expected a jar at " + version.resolve("model.jar") + ", got no jar");
        ModelJar.write(version.resolve("other.jar"), Map.of("example.Twice", TWICE));
        assertNotLoaded(
                config("example.Twice", ""),
                START + "expected a jar at " + version.resolve("model.jar") + ", got only [other.jar]");
    }

    @Test
    void jarOutsideOfTheModelIsRefused() {
        ModelJar.write(root.resolve("m/outside.jar"), Map.of("example.Twice", TWICE));
        assertThatThrownBy(() ->
                        backend.load(config("example.Twice", "default_model_filename: '../outside.jar'"), version))
                .hasMessageContaining("'../outside.jar' lies outside of " + version);
    }

    @Test
    void namesTheFileThatIsNoJar() throws IOException {
        Files.writeString(version.resolve("model.jar"), "text");
        assertThatThrownBy(() -> backend.load(config("example.Twice", ""), version))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith(
                        START + "expected a jar at " + version.resolve("model.jar") + ", got a file that is none: ");
    }

    @Test
    void namesTheClassThatIsMissing() {
        write("example.Twice", TWICE);
        assertNotLoaded(config("example.Thrice", ""), START + "class 'example.Thrice' is in none of its jars");
    }

    @Test
    void namesTheInterfaceThatAClassDoesNotHave() {
        write("example.Plain", "package example; public class Plain implements Runnable { public void run() {} }");
        assertNotLoaded(
                config("example.Plain", ""),
                START
                        + "class 'example.Plain': expected one that implements dev.nereid.server.model.JavaModel, got one that "
                        + "implements [java.lang.Runnable]");
    }

    @Test
    void classMustBePublicAndWholeWithAConstructorWithoutParameters() {
        write("example.Half", TWICE.replace("public class Twice", "public abstract class Half"));
        assertNotLoaded(
                config("example.Half", ""),
                START
                        + "class 'example.Half': expected a public class that is not abstract, got 'public abstract class Half'");
        write("example.Hidden", TWICE.replace("public class Twice", "class Hidden"));
        assertNotLoaded(
                config("example.Hidden", ""),
                START + "class 'example.Hidden': expected a public class that is not abstract, got ' class Hidden'");
        write(
                "example.Asks",
                TWICE.replace("public class Twice", "public class Asks")
                        .replace(
                                "private ModelContext context;",
                                "private ModelContext context; public Asks(int x) {}"));
        assertNotLoaded(
                config("example.Asks", ""),
                START + "class 'example.Asks': expected a public constructor without parameters, got "
                        + "[public example.Asks(int)]");
    }

    @Test
    void tellsWhatAConstructorOrAnInitializeThrew() {
        write(
                "example.Breaks",
                TWICE.replace("public class Twice", "public class Breaks")
                        .replace(
                                "private ModelContext context;",
                                "private ModelContext context; public Breaks() { throw new IllegalStateException(\"no\"); }"));
        assertNotLoaded(
                config("example.Breaks", ""),
                START + "the constructor of class 'example.Breaks' failed: java.lang.IllegalStateException: no");
        write(
                "example.Refuses",
                TWICE.replace("public class Twice", "public class Refuses")
                        .replace("context = given;", "throw new IllegalArgumentException(given.modelName());"));
        assertNotLoaded(
                config("example.Refuses", ""),
                START + "class 'example.Refuses' failed to initialize: java.lang.IllegalArgumentException: m");
    }

    @Test
    void classThatNeedsAnotherIsNamed() throws IOException {
        ModelJar.write(
                version.resolve("model.jar"),
                Map.of("example.Base", TWICE.replace("class Twice", "class Base"), "example.Child", """
                        package example;
                        public class Child extends Base {}
                        """));
        ModelJar.removeEntry(version.resolve("model.jar"), "example/Base.class");
        assertNotLoaded(
                config("example.Child", ""),
                START + "class 'example.Child' cannot be loaded: java.lang.NoClassDefFoundError: example/Base");
    }

    @Test
    void statesAreRefused() {
        write("example.Twice", TWICE);
        assertNotLoaded(
                config(
                        "example.Twice",
                        "sequence_batching { state { input_name: 'S' output_name: 'S' data_type: TYPE_INT32 dims: 1 } }"),
                START + "sequence_batching has states, which code keeps by itself: expected none");
    }

    @Test
    void nothingOfAModelStaysWhenItIsClosed() throws IOException, InterruptedException {
        write("example.Twice", TWICE);
        Path[] copies = new Path[1];
        WeakReference<ClassLoader> loader = useAndClose(copies);

        assertThat(copies[0]).doesNotExist();
        for (int i = 0; i < 100 && loader.get() != null; i++) {
            System.gc();
        }
        assertThat(Optional.ofNullable(loader.get()))
                .as("the loader of the model's classes")
                .isEmpty();
    }

    private WeakReference<ClassLoader> useAndClose(Path[] copies) {
        try (BackendModel model = backend.load(config("example.Twice", ""), version);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(execute(instance)).isEqualTo("OUT=42");
            ModelJars jars = ((JavaBackendModel) model).jars();
            copies[0] = jars.folder();
            assertThat(copies[0]).isDirectoryContaining("glob:**model.jar");
            return new WeakReference<>(jars.loader());
        }
    }
}
