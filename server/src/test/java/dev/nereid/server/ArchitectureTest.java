package dev.nereid.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the directions of dependencies that docs/architecture.md draws. */
class ArchitectureTest {
    private static final String[] NO_PROTO = {"dev.nereid.proto.."};

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("test-classes") && !location.contains("-tests.jar"))
            .importPackages("dev.nereid");

    /**
     * What one package may use of the project.
     *
     * @param name the package; ending in {@code ..} with those below it
     * @param allowed packages beside itself, and single classes by their full name
     */
    record Row(String name, List<String> allowed) {
        static Row of(String name, String... allowed) {
            return new Row(name, List.of(allowed));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final String TENSOR = "dev.nereid.tensor..";
    private static final String FILES = "dev.nereid.files..";
    private static final String MEMORY = "dev.nereid.memory..";
    private static final String CPU = "dev.nereid.kernels.cpu..";
    private static final String PARALLEL = "dev.nereid.kernels.parallel..";
    private static final String LOOP = "dev.nereid.kernels.loop..";
    private static final String TEXT = "dev.nereid.kernels.text..";
    private static final String CONVOLUTION = "dev.nereid.kernels.convolution";
    private static final String SCALAR = "dev.nereid.kernels.scalar..";
    private static final String DEVICE = "dev.nereid.models.device..";
    private static final String KERNELS = "dev.nereid.kernels..";
    private static final String GRAPH = "dev.nereid.models.graph..";
    private static final String LOWERING = "dev.nereid.models.lowering..";
    private static final String OPERATORS = "dev.nereid.models.operators..";
    private static final String CUDA = "dev.nereid.cuda..";
    private static final String CUDA_DEVICE = "dev.nereid.cuda.device";
    private static final String CUDA_LOWERING = "dev.nereid.cuda.lowering..";
    private static final String CUDA_PLACEMENT = "dev.nereid.cuda.placement";
    private static final String CUDA_DRIVER = "dev.nereid.cuda.driver";
    private static final String CUDA_NVML = "dev.nereid.cuda.nvml";
    private static final String PLAN = "dev.nereid.models.plan..";
    private static final String EXECUTE = "dev.nereid.models.execute..";
    private static final String OPTIMIZE = "dev.nereid.models.optimize..";
    private static final String FORMAT_EXCEPTION = "dev.nereid.models.ModelFormatException";
    private static final String IMPORTED = "dev.nereid.models.imported..";
    private static final String TENSORFLOW_GRAPH = "dev.nereid.models.tensorflow.graph";
    private static final String TENSORFLOW_EXAMPLES = "dev.nereid.models.tensorflow.examples";
    private static final String TENSORFLOW_OPERATORS = "dev.nereid.models.tensorflow.operators";
    private static final String ATEN = "dev.nereid.models.pytorch.aten..";
    private static final String PYTORCH_EXPORT = "dev.nereid.models.pytorch.export..";
    private static final String PYTORCH_SCRIPT = "dev.nereid.models.pytorch.script..";
    private static final String PYTORCH_ARCHIVE = "dev.nereid.models.pytorch.archive..";
    private static final String ONNX_TYPES = "dev.nereid.models.operators.OnnxTypes";
    private static final String ONNX_PROTO = "dev.nereid.proto.onnx..";
    private static final String INFERENCE_PROTO = "dev.nereid.proto.inference..";
    private static final String MODELS = "dev.nereid.models";
    private static final String PROTOCOL = "dev.nereid.server.protocol";
    private static final String JSON = "dev.nereid.server.protocol.json";
    private static final String OBSERVE = "dev.nereid.server.observe..";
    private static final String BACKEND = "dev.nereid.server.backend";
    private static final String PLAN_BACKEND = "dev.nereid.server.backend.plan";
    private static final String BUILT_IN_BACKENDS = "dev.nereid.server.backend.builtin";
    private static final String SCHEDULE = "dev.nereid.server.schedule";
    private static final String LIMIT = "dev.nereid.server.schedule.limit..";
    private static final String ADAPTIVE = "dev.nereid.server.schedule.adaptive";
    private static final String SEQUENCE = "dev.nereid.server.schedule.sequence";
    private static final String CACHE = "dev.nereid.server.cache..";
    private static final String TLS = "dev.nereid.server.tls..";
    private static final String WATCH = "dev.nereid.server.watch";
    private static final String ACCESS = "dev.nereid.server.access";
    private static final String ENSEMBLE = "dev.nereid.server.schedule.ensemble";
    private static final String REPOSITORY = "dev.nereid.server.repository";
    private static final String MODEL_CONFIG = "dev.nereid.server.repository.config";
    private static final String MODEL_FOLDERS = "dev.nereid.server.repository.folders";
    private static final String VALIDATION = "dev.nereid.server.repository.validation";
    private static final String TRAFFIC = "dev.nereid.server.traffic";
    private static final String STORAGE = "dev.nereid.server.storage..";
    private static final String SHARED_MEMORY = "dev.nereid.server.sharedmemory..";
    private static final String TRACE = "dev.nereid.server.trace..";
    private static final String MODEL = "dev.nereid.server.model";
    private static final String EXTENSION = "dev.nereid.server.extension..";
    private static final String HTTP = "dev.nereid.server.http";
    private static final String HTTP_CONNECTION = "dev.nereid.server.http.connection";
    private static final String GRPC = "dev.nereid.server.grpc..";
    private static final String TENSORFLOW = "dev.nereid.server.tensorflow";
    private static final String TENSORFLOW_REST = "dev.nereid.server.tensorflow.rest";
    private static final String TENSORFLOW_GRPC = "dev.nereid.server.tensorflow.grpc";
    private static final String TENSORFLOW_MODELS = "dev.nereid.server.tensorflow.models";
    private static final String TENSORFLOW_PROTO = "dev.nereid.proto.tensorflow..";
    private static final String CLI = "dev.nereid.server.cli";
    private static final String CONFIG = "dev.nereid.server.config";
    private static final String TORCHSERVE_IMAGE = "dev.nereid.server.torchserve.image";
    private static final String TORCHSERVE_HANDLER = "dev.nereid.server.torchserve.handler";
    private static final String TORCHSERVE_ARCHIVE = "dev.nereid.server.torchserve.archive";
    private static final String TORCHSERVE = "dev.nereid.server.torchserve";
    private static final String TORCHSERVE_REST = "dev.nereid.server.torchserve.rest";
    private static final String TORCHSERVE_GRPC = "dev.nereid.server.torchserve.grpc";
    private static final String TORCHSERVE_PROTO = "dev.nereid.proto.torchserve..";
    private static final String REHEARSAL = "dev.nereid.server.rehearsal";
    private static final String SERVER = "dev.nereid.server";
    private static final String COMMANDS = "dev.nereid.server.commands";
    private static final String ENGINE = "dev.nereid.engine";

    /** A family may hand what it has no faster way for to the scalar kernels, and build on the families named. */
    private static Row kernelFamily(String name, String... others) {
        List<String> allowed = new ArrayList<>(List.of(TENSOR, MEMORY, CPU, PARALLEL, LOOP, SCALAR));
        for (String other : others) {
            allowed.add("dev.nereid.kernels." + other);
        }
        return new Row("dev.nereid.kernels." + name + "..", allowed);
    }

    /** A reader of one kind of TensorFlow's files. */
    private static Row tensorflowReader(String name) {
        return Row.of(
                "dev.nereid.models.tensorflow." + name,
                TENSORFLOW_OPERATORS,
                TENSORFLOW_GRAPH,
                IMPORTED,
                OPERATORS,
                GRAPH,
                TENSOR,
                FORMAT_EXCEPTION,
                TENSORFLOW_PROTO);
    }

    static List<Row> directions() {
        return List.of(
                Row.of(TENSOR),
                Row.of(FILES),
                Row.of(MEMORY, TENSOR),
                Row.of(CPU),
                Row.of(PARALLEL, MEMORY),
                Row.of(LOOP, TENSOR),
                Row.of(TEXT, MEMORY),
                kernelFamily("elementwise"),
                kernelFamily("reduce", "elementwise"),
                kernelFamily("matmul", "layout", "elementwise"),
                new Row(CONVOLUTION, List.of(TENSOR, MEMORY, PARALLEL, "dev.nereid.kernels.matmul..")),
                kernelFamily("convolution.channelsfirst", "convolution", "matmul"),
                kernelFamily("convolution.channelslast", "convolution", "matmul"),
                kernelFamily("pooling", "convolution"),
                kernelFamily("resize", "layout"),
                kernelFamily("quantized", "convolution"),
                kernelFamily("layout"),
                kernelFamily("attention", "matmul"),
                kernelFamily("tree"),
                kernelFamily("recurrent", "elementwise", "matmul"),
                kernelFamily("svm"),
                kernelFamily("blockwise", "matmul"),
                Row.of("dev.nereid.kernels.costs..", KERNELS, MEMORY),
                Row.of(KERNELS, TENSOR, MEMORY),
                Row.of("dev.nereid.nativekernels..", KERNELS, TENSOR, MEMORY, FILES),
                Row.of(GRAPH, TENSOR, FORMAT_EXCEPTION),
                Row.of(LOWERING, GRAPH, TENSOR, KERNELS, FORMAT_EXCEPTION),
                Row.of(OPERATORS, LOWERING, GRAPH, TENSOR, MEMORY, KERNELS, FORMAT_EXCEPTION),
                Row.of(DEVICE, OPERATORS, GRAPH),
                Row.of(PLAN, OPERATORS, LOWERING, GRAPH, TENSOR, MEMORY, KERNELS, FORMAT_EXCEPTION),
                Row.of(EXECUTE, PLAN, LOWERING, GRAPH, OPERATORS, TENSOR, MEMORY, KERNELS, FORMAT_EXCEPTION),
                Row.of(OPTIMIZE, EXECUTE, PLAN, OPERATORS, LOWERING, GRAPH, TENSOR, MEMORY, KERNELS, FORMAT_EXCEPTION),
                Row.of(IMPORTED, OPERATORS, GRAPH, TENSOR, MEMORY, FORMAT_EXCEPTION),
                Row.of(
                        "dev.nereid.models.onnx..",
                        IMPORTED,
                        GRAPH,
                        TENSOR,
                        MEMORY,
                        ONNX_PROTO,
                        ONNX_TYPES,
                        FORMAT_EXCEPTION),
                Row.of("dev.nereid.models.tflite", IMPORTED, OPERATORS, GRAPH, TENSOR, FORMAT_EXCEPTION),
                Row.of("dev.nereid.models.trees", IMPORTED, GRAPH, TENSOR, FORMAT_EXCEPTION),
                Row.of(TENSORFLOW_GRAPH, IMPORTED, GRAPH, TENSOR, FORMAT_EXCEPTION, TENSORFLOW_PROTO),
                Row.of(TENSORFLOW_EXAMPLES, OPERATORS, LOWERING, GRAPH, TENSOR, FORMAT_EXCEPTION, TENSORFLOW_PROTO),
                Row.of(
                        TENSORFLOW_OPERATORS,
                        TENSORFLOW_EXAMPLES,
                        TENSORFLOW_GRAPH,
                        IMPORTED,
                        OPERATORS,
                        GRAPH,
                        TENSOR,
                        FORMAT_EXCEPTION,
                        TENSORFLOW_PROTO),
                tensorflowReader("saved"),
                tensorflowReader("frozen"),
                Row.of(PYTORCH_ARCHIVE, IMPORTED, TENSOR, MEMORY, FORMAT_EXCEPTION),
                Row.of(ATEN, IMPORTED, OPERATORS, GRAPH, TENSOR, MEMORY, FORMAT_EXCEPTION),
                Row.of(
                        "dev.nereid.models.pytorch",
                        PYTORCH_ARCHIVE,
                        PYTORCH_EXPORT,
                        PYTORCH_SCRIPT,
                        IMPORTED,
                        OPERATORS,
                        TENSOR,
                        MEMORY,
                        FORMAT_EXCEPTION),
                Row.of(
                        PYTORCH_EXPORT,
                        ATEN,
                        PYTORCH_ARCHIVE,
                        IMPORTED,
                        OPERATORS,
                        GRAPH,
                        TENSOR,
                        MEMORY,
                        FORMAT_EXCEPTION),
                Row.of(
                        PYTORCH_SCRIPT,
                        ATEN,
                        PYTORCH_ARCHIVE,
                        IMPORTED,
                        OPERATORS,
                        GRAPH,
                        TENSOR,
                        MEMORY,
                        FORMAT_EXCEPTION),
                Row.of(
                        CUDA_DEVICE,
                        DEVICE,
                        TENSOR,
                        "dev.nereid.kernels.elementwise..",
                        "dev.nereid.kernels.reduce..",
                        "dev.nereid.kernels.matmul..",
                        CONVOLUTION,
                        "dev.nereid.kernels.attention.."),
                Row.of(CUDA_LOWERING, CUDA_DEVICE, OPERATORS, LOWERING, GRAPH, TENSOR, MEMORY, KERNELS),
                Row.of(CUDA_PLACEMENT, CUDA_LOWERING, CUDA_DEVICE, DEVICE, OPERATORS, LOWERING, GRAPH, TENSOR),
                Row.of(
                        CUDA_DRIVER,
                        CUDA_PLACEMENT,
                        CUDA_DEVICE,
                        DEVICE,
                        OPERATORS,
                        GRAPH,
                        KERNELS,
                        TENSOR,
                        MEMORY,
                        FILES),
                Row.of(CUDA_NVML, DEVICE, MEMORY),
                Row.of("dev.nereid.cuda", CUDA_DRIVER, CUDA_NVML, CUDA_DEVICE, DEVICE),
                Row.of(
                        ENGINE,
                        MODELS,
                        EXECUTE,
                        GRAPH,
                        TENSOR,
                        MEMORY,
                        KERNELS,
                        "dev.nereid.nativekernels..",
                        INFERENCE_PROTO),
                Row.of(PROTOCOL, TENSOR, MEMORY),
                Row.of(JSON, PROTOCOL, TENSOR, MEMORY, TEXT),
                Row.of(OBSERVE, PROTOCOL, TENSOR, DEVICE),
                Row.of(TRACE, OBSERVE, JSON, PROTOCOL, TENSOR),
                Row.of(BACKEND, PROTOCOL, TENSOR, DEVICE, "dev.nereid.models.lowering.DeviceTurn", INFERENCE_PROTO),
                Row.of(
                        PLAN_BACKEND,
                        BACKEND,
                        PROTOCOL,
                        MODELS,
                        IMPORTED,
                        GRAPH,
                        EXECUTE,
                        LOWERING,
                        DEVICE,
                        TENSOR,
                        MEMORY,
                        KERNELS,
                        INFERENCE_PROTO),
                Row.of(BUILT_IN_BACKENDS, BACKEND, PROTOCOL, TENSOR, MEMORY, INFERENCE_PROTO),
                Row.of(LIMIT, PROTOCOL, INFERENCE_PROTO),
                Row.of(ADAPTIVE),
                Row.of(SCHEDULE, LIMIT, ADAPTIVE, PROTOCOL, BACKEND, OBSERVE, TENSOR, MEMORY, INFERENCE_PROTO),
                Row.of(SEQUENCE, SCHEDULE, LIMIT, PROTOCOL, BACKEND, OBSERVE, TENSOR, MEMORY, INFERENCE_PROTO),
                Row.of(ENSEMBLE, SCHEDULE, PROTOCOL, BACKEND, OBSERVE, TENSOR, INFERENCE_PROTO),
                Row.of(
                        MODEL,
                        TENSOR,
                        "dev.nereid.server.protocol.InferException",
                        "dev.nereid.server.protocol.CorrelationId",
                        "dev.nereid.server.protocol.Parameter"),
                Row.of(
                        "dev.nereid.server.javamodel",
                        FILES,
                        MODEL,
                        ENSEMBLE,
                        SCHEDULE,
                        BACKEND,
                        PROTOCOL,
                        TENSOR,
                        MEMORY,
                        INFERENCE_PROTO),
                Row.of(WATCH),
                Row.of(TLS, WATCH),
                Row.of(ACCESS, WATCH, PROTOCOL),
                Row.of(CACHE, TLS, SCHEDULE, OBSERVE, PROTOCOL, TENSOR, MEMORY),
                Row.of(STORAGE, FILES),
                Row.of(MODEL_FOLDERS, STORAGE, FILES, BACKEND, PROTOCOL, INFERENCE_PROTO),
                Row.of(MODEL_CONFIG, MODEL_FOLDERS, SCHEDULE, PROTOCOL, INFERENCE_PROTO),
                Row.of(VALIDATION, BACKEND, PROTOCOL, TENSOR, INFERENCE_PROTO),
                Row.of(TRAFFIC, JSON, PROTOCOL, TENSOR, MEMORY),
                Row.of(
                        REPOSITORY,
                        TRAFFIC,
                        MODEL_CONFIG,
                        MODEL_FOLDERS,
                        VALIDATION,
                        FILES,
                        CACHE,
                        LIMIT,
                        SCHEDULE,
                        SEQUENCE,
                        ENSEMBLE,
                        PLAN_BACKEND,
                        BACKEND,
                        PROTOCOL,
                        OBSERVE,
                        TENSOR,
                        MEMORY,
                        INFERENCE_PROTO),
                Row.of(SHARED_MEMORY, PROTOCOL, MEMORY, DEVICE),
                Row.of(EXTENSION, ACCESS, TLS, WATCH, PROTOCOL, SHARED_MEMORY, OBSERVE, TRACE),
                Row.of(HTTP_CONNECTION, TLS, PROTOCOL),
                Row.of(
                        HTTP,
                        HTTP_CONNECTION,
                        ACCESS,
                        TLS,
                        EXTENSION,
                        SHARED_MEMORY,
                        TRACE,
                        REPOSITORY,
                        TRAFFIC,
                        VALIDATION,
                        JSON,
                        PROTOCOL,
                        OBSERVE,
                        TENSOR,
                        MEMORY,
                        INFERENCE_PROTO),
                Row.of(
                        GRPC,
                        ACCESS,
                        TLS,
                        EXTENSION,
                        SHARED_MEMORY,
                        TRACE,
                        REPOSITORY,
                        TRAFFIC,
                        "dev.nereid.proto.traffic..",
                        VALIDATION,
                        PROTOCOL,
                        OBSERVE,
                        TENSOR,
                        MEMORY,
                        INFERENCE_PROTO,
                        "dev.nereid.proto.health.."),
                Row.of(TORCHSERVE_IMAGE, PROTOCOL),
                Row.of(TORCHSERVE_HANDLER, TORCHSERVE_IMAGE, JSON, PROTOCOL, TENSOR, MEMORY),
                Row.of(
                        TORCHSERVE_ARCHIVE,
                        TORCHSERVE_HANDLER,
                        TORCHSERVE_IMAGE,
                        MODEL_FOLDERS,
                        FILES,
                        BACKEND,
                        JSON,
                        PROTOCOL,
                        MODELS,
                        GRAPH,
                        IMPORTED,
                        TENSOR,
                        INFERENCE_PROTO),
                Row.of(
                        TORCHSERVE,
                        TLS,
                        TORCHSERVE_ARCHIVE,
                        TORCHSERVE_HANDLER,
                        HTTP,
                        GRPC,
                        REPOSITORY,
                        VALIDATION,
                        JSON,
                        PROTOCOL,
                        OBSERVE,
                        TENSOR,
                        MEMORY,
                        FILES,
                        INFERENCE_PROTO),
                Row.of(
                        TORCHSERVE_REST,
                        TORCHSERVE,
                        TLS,
                        TORCHSERVE_HANDLER,
                        HTTP,
                        HTTP_CONNECTION,
                        EXTENSION,
                        TRACE,
                        JSON,
                        PROTOCOL,
                        MEMORY),
                Row.of(
                        TORCHSERVE_GRPC,
                        TORCHSERVE,
                        TORCHSERVE_HANDLER,
                        GRPC,
                        EXTENSION,
                        REPOSITORY,
                        PROTOCOL,
                        MEMORY,
                        TORCHSERVE_PROTO),
                Row.of(TENSORFLOW, HTTP, GRPC, REPOSITORY, VALIDATION, JSON, PROTOCOL, TENSOR, TENSORFLOW_PROTO),
                Row.of(
                        TENSORFLOW_REST,
                        TENSORFLOW,
                        HTTP,
                        EXTENSION,
                        REPOSITORY,
                        VALIDATION,
                        JSON,
                        PROTOCOL,
                        TENSOR,
                        MEMORY,
                        TENSORFLOW_PROTO),
                Row.of(
                        TENSORFLOW_GRPC,
                        TENSORFLOW_GRAPH,
                        TENSORFLOW,
                        GRPC,
                        EXTENSION,
                        TRACE,
                        REPOSITORY,
                        VALIDATION,
                        PROTOCOL,
                        TENSOR,
                        MEMORY,
                        INFERENCE_PROTO,
                        TENSORFLOW_PROTO),
                Row.of(
                        TENSORFLOW_MODELS,
                        TENSORFLOW,
                        REPOSITORY,
                        MODEL_CONFIG,
                        MODEL_FOLDERS,
                        PROTOCOL,
                        INFERENCE_PROTO,
                        TENSORFLOW_PROTO),
                Row.of("dev.nereid.server.batch", ENGINE, TENSOR),
                Row.of(CLI, "dev.nereid.server.protocol.NearestName"),
                Row.of(
                        CONFIG,
                        CLI,
                        TORCHSERVE,
                        TENSORFLOW,
                        TENSORFLOW_MODELS,
                        TENSORFLOW_PROTO,
                        HTTP,
                        HTTP_CONNECTION,
                        GRPC,
                        ACCESS,
                        TLS,
                        TRACE,
                        CACHE,
                        REPOSITORY,
                        MODEL_CONFIG,
                        MODEL_FOLDERS,
                        LIMIT,
                        OBSERVE,
                        PROTOCOL,
                        DEVICE,
                        KERNELS),
                Row.of(REHEARSAL, CONFIG, HTTP, GRPC, REPOSITORY, BACKEND, MEMORY, FILES, INFERENCE_PROTO),
                Row.of(
                        SERVER,
                        REHEARSAL,
                        CONFIG,
                        TORCHSERVE,
                        TORCHSERVE_REST,
                        TORCHSERVE_GRPC,
                        TENSORFLOW,
                        TENSORFLOW_REST,
                        TENSORFLOW_GRPC,
                        HTTP,
                        GRPC,
                        EXTENSION,
                        ACCESS,
                        TLS,
                        WATCH,
                        SHARED_MEMORY,
                        TRACE,
                        TRAFFIC,
                        REPOSITORY,
                        MODEL_FOLDERS,
                        CACHE,
                        "dev.nereid.server.javamodel",
                        ENSEMBLE,
                        LIMIT,
                        SCHEDULE,
                        PLAN_BACKEND,
                        BUILT_IN_BACKENDS,
                        BACKEND,
                        OBSERVE,
                        PROTOCOL,
                        "dev.nereid.nativekernels..",
                        DEVICE,
                        KERNELS,
                        MEMORY,
                        INFERENCE_PROTO));
    }

    @ParameterizedTest
    @MethodSource("directions")
    void packageDependsOnlyOnWhatLiesBelowIt(Row row) {
        noClasses()
                .that()
                .resideInAPackage(row.name())
                .should()
                .dependOnClassesThat(resideInAPackage("dev.nereid..").and(DescribedPredicate.not(allowed(row))))
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> allowed(Row row) {
        List<String> packages = new ArrayList<>(List.of(row.name()));
        packages.addAll(row.allowed());
        return DescribedPredicate.describe(
                "allowed for " + row.name(),
                target -> resideInAnyPackage(packages.toArray(String[]::new)).test(target)
                        || packages.contains(target.getName()));
    }

    @Test
    void everyPackageHasItsDirections() {
        Set<String> packages = new TreeSet<>();
        CLASSES.forEach(type -> packages.add(type.getPackageName()));
        List<String> rooms = List.of("dev.nereid.proto..", MODELS, "dev.nereid.models.conformance..", COMMANDS);
        List<String> rows = Stream.concat(directions().stream().map(Row::name), rooms.stream())
                .toList();

        assertThat(packages)
                .isNotEmpty()
                .allMatch(name -> rows.stream().anyMatch(row -> matches(row, name)), "has a row in the table");
    }

    private static boolean matches(String row, String name) {
        String base = row.replace("..", "");
        return name.equals(base) || (row.endsWith("..") && name.startsWith(base + "."));
    }

    @Test
    void vectorApiStaysInKernels() {
        noClasses()
                .that()
                .resideOutsideOfPackage(KERNELS)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(CLASSES);
    }

    @Test
    void foreignFunctionsStayInNativeKernels() {
        noClasses()
                .that()
                .resideOutsideOfPackages(MEMORY, "dev.nereid.nativekernels..", CUDA_DRIVER, CUDA_NVML)
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "call foreign functions",
                        type -> Set.of(
                                        "java.lang.foreign.Linker",
                                        "java.lang.foreign.SymbolLookup",
                                        "java.lang.foreign.FunctionDescriptor")
                                .contains(type.getName())))
                .orShould()
                .callMethod(java.lang.foreign.MemorySegment.class, "reinterpret", long.class)
                .check(CLASSES);
    }

    @Test
    void operatorsKnowNothingOfDevices() {
        noClasses()
                .that()
                .resideInAPackage(OPERATORS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(DEVICE, CUDA)
                .check(CLASSES);
    }

    @Test
    void nothingNamesTheModuleForGpus() {
        noClasses()
                .that()
                .resideOutsideOfPackage(CUDA)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(CUDA)
                .check(CLASSES);
    }

    @Test
    void operatorsAndPassesDoNotChooseAlgorithmsOfConvolutions() {
        noClasses()
                .that()
                .resideInAPackage("dev.nereid.models..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(CONVOLUTION + ".channelsfirst..", CONVOLUTION + ".channelslast..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName(CONVOLUTION + ".ChannelsFirstKernels")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName(CONVOLUTION + ".ChannelsLastKernels")
                .check(CLASSES);
    }

    @Test
    void jcudaStaysInItsPackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage(CUDA_DRIVER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jcuda..")
                .check(CLASSES);
    }

    @Test
    void requestPathOpensNoArena() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.nereid.server..", EXECUTE, LOWERING, OPERATORS, KERNELS)
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Arena")
                .check(CLASSES);
    }

    @Test
    void onnxTypesStayWithTheirReaders() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.nereid.models.onnx..", "dev.nereid.models.conformance..", "dev.nereid.proto..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ONNX_PROTO)
                .check(CLASSES);
    }

    @Test
    void nothingUsesOnnxRuntime() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.onnxruntime..")
                .check(CLASSES);
    }

    @Test
    void everyPackageSaysWhatItIsAndIsNullMarked() {
        Set<String> packages = new TreeSet<>();
        CLASSES.that(DescribedPredicate.not(resideInAnyPackage(NO_PROTO)))
                .forEach(type -> packages.add(type.getPackageName()));

        assertThat(packages)
                .allMatch(
                        name -> CLASSES.getPackage(name)
                                .isAnnotatedWith(org.jspecify.annotations.NullMarked.class.getName()),
                        "has a package-info with @NullMarked");
    }
}
