package dev.nereid.models;

import dev.nereid.kernels.KernelSet;
import dev.nereid.memory.NativeHeap;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.device.Device;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.models.device.PlacedGraph;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.imported.SignatureName;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.attention.AttentionOperators;
import dev.nereid.models.operators.contrib.ContribOperators;
import dev.nereid.models.operators.control.ControlOperators;
import dev.nereid.models.operators.elementwise.ElementwiseOperators;
import dev.nereid.models.operators.generation.GenerationOperators;
import dev.nereid.models.operators.linear.LinearOperators;
import dev.nereid.models.operators.ml.MlOperators;
import dev.nereid.models.operators.movement.MovementOperators;
import dev.nereid.models.operators.nn.NnOperators;
import dev.nereid.models.operators.quantized.QuantizedOperators;
import dev.nereid.models.operators.random.RandomOperators;
import dev.nereid.models.operators.recurrent.RecurrentOperators;
import dev.nereid.models.operators.sequence.SequenceOperators;
import dev.nereid.models.operators.signal.SignalOperators;
import dev.nereid.models.operators.text.TextOperators;
import dev.nereid.models.operators.training.TrainingOperators;
import dev.nereid.models.operators.vision.VisionOperators;
import dev.nereid.models.optimize.Optimizer;
import dev.nereid.models.optimize.packed.PackTexts;
import dev.nereid.models.optimize.packed.Packing;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.models.tensorflow.examples.ExampleOperators;
import dev.nereid.tensor.Shape;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** From a model file to a model that runs: the one entry of this module. */
public final class ModelLoader {
    private static final OperatorSet OPERATORS = new OperatorSet(
            ElementwiseOperators.all(),
            LinearOperators.all(),
            NnOperators.all(),
            MovementOperators.all(),
            ControlOperators.all(),
            SequenceOperators.all(),
            QuantizedOperators.all(),
            AttentionOperators.all(),
            ContribOperators.all(),
            GenerationOperators.all(),
            MlOperators.all(),
            RecurrentOperators.all(),
            SignalOperators.all(),
            TextOperators.all(),
            TrainingOperators.all(),
            RandomOperators.all(),
            VisionOperators.all(),
            ExampleOperators.all());

    private ModelLoader() {}

    /** Every operator that a model may use. */
    public static OperatorSet operators() {
        return OPERATORS;
    }

    /**
     * Loads a model's file: ONNX, PyTorch, TensorFlow, XGBoost or LightGBM; of a SavedModel the folder or its
     * {@code saved_model.pb}. Files are mapped while they are read and not needed afterwards.
     *
     * @param kernels of the device that the model will run on
     * @param memory where runs take their frames; outlives the model
     * @return the model; the caller closes it
     * @throws ModelFormatException if the file cannot be served; names the node, operator or tensor
     */
    public static LoadedModel load(Path file, LoadOptions options, KernelSet kernels, SlabPool memory) {
        LoadedModel model = loadOnCpu(() -> FileFormats.load(file, options.declared()), options, kernels, memory);
        NativeHeap.trim();
        return model;
    }

    /**
     * As {@link #load(Path, LoadOptions, KernelSet, SlabPool)}, of the bytes of a file without external data.
     *
     * @param file not needed afterwards
     */
    public static LoadedModel load(byte[] file, LoadOptions options, KernelSet kernels, SlabPool memory) {
        LoadedModel model = loadOnCpu(() -> FileFormats.load(file, options.declared()), options, kernels, memory);
        NativeHeap.trim();
        return model;
    }

    private static LoadedModel loadOnCpu(
            Supplier<ImportedModel> file, LoadOptions options, KernelSet kernels, SlabPool memory) {
        try (ImportedModel imported = file.get();
                Arena folded = Arena.ofShared()) {
            Optimizer optimizer = options.optimize()
                    ? Optimizer.full(OPERATORS, kernels, folded, options.winograd())
                    : Optimizer.none(OPERATORS, kernels, folded);
            Graph graph = optimizer.apply(graph(imported, options));
            // What is folded stays exact.
            KernelSet computing = options.of(kernels);
            if (!options.packed()) {
                return loaded(imported, graph, computing, memory, options, new TextPacking.NotAsked());
            }
            return switch (new PackTexts(OPERATORS, folded).apply(graph)) {
                case Packing.Packed packed ->
                    loaded(
                            imported,
                            packed.graph(),
                            computing,
                            memory,
                            options,
                            new TextPacking.Packed(
                                    packed.outputs().stream()
                                            .map(ModelLoader::part)
                                            .toList(),
                                    packed.longest()));
                case Packing.Refused(String reason) ->
                    loaded(imported, graph, computing, memory, options, new TextPacking.Refused(reason));
            };
        }
    }

    private static Graph graph(ImportedModel imported, LoadOptions options) {
        Graph graph = imported.graph(options.overridden());
        return options.inputsApart() ? DistinctInputDims.of(graph) : graph;
    }

    private static TextPacking.Part part(Packing.Part part) {
        return switch (part) {
            case TOKENS -> TextPacking.Part.TOKENS;
            case TEXTS -> TextPacking.Part.TEXTS;
        };
    }

    private static LoadedModel loaded(
            ImportedModel imported,
            Graph graph,
            KernelSet kernels,
            SlabPool memory,
            LoadOptions options,
            TextPacking packing) {
        Plan plan = PlanBuilder.build(graph, OPERATORS, kernels);
        return new LoadedModel(
                plan,
                InputDefaults.of(imported, options, plan.constants()),
                new InputLimits(imported.limits()),
                memory,
                options.memory(),
                packing);
    }

    /**
     * As {@link #load(Path, LoadOptions, KernelSet, SlabPool)}, with everything on a device that it has kernels for.
     *
     * @throws dev.nereid.models.device.DeviceException if the device does not take the model
     */
    public static LoadedModel load(Path file, LoadOptions options, KernelSet kernels, SlabPool memory, Device device) {
        try (ImportedModel imported = FileFormats.load(file, options.declared());
                Arena folded = Arena.ofShared()) {
            Optimizer optimizer = options.optimize()
                    ? Optimizer.forDevice(OPERATORS, kernels, folded, options.winograd())
                    : Optimizer.none(OPERATORS, kernels, folded);
            Graph graph = optimizer.apply(graph(imported, options));
            PlacedGraph onDevice =
                    device.place(graph, OPERATORS, options.tf32() ? DevicePrecision.TF32 : DevicePrecision.FP32);
            try {
                Plan plan = PlanBuilder.build(onDevice.graph(), onDevice.operators(), kernels);
                return new LoadedModel(
                        plan,
                        InputDefaults.of(imported, options, plan.constants()),
                        new InputLimits(imported.limits()),
                        memory,
                        options.memory(),
                        onDevice);
            } catch (RuntimeException | Error e) {
                onDevice.close();
                throw e;
            }
        }
    }

    /**
     * Reads what a model's file says of its inputs and outputs, without loading it.
     *
     * @throws ModelFormatException if the file is not a model
     */
    public static ModelSignature signature(Path file) {
        return signature(file, DeclaredPorts.NONE);
    }

    /**
     * The names of a model's signatures: first the one that {@link #load} loads, which the parameters in {@code declared} may
     * choose, then the others.
     *
     * @return empty for formats whose files have one signature without a name
     * @throws ModelFormatException if the file cannot be read, or has no signature of the chosen name
     */
    public static List<SignatureName> signatures(Path file, DeclaredPorts declared) {
        return FileFormats.signatures(file, declared);
    }

    /**
     * As {@link #signature(Path)}, of a file of which a config says what it does not say itself.
     *
     * @param declared of no meaning for files that say all themselves
     */
    public static ModelSignature signature(Path file, DeclaredPorts declared) {
        try (ImportedModel imported = FileFormats.load(file, declared)) {
            Graph graph = imported.graph();
            OutputTypes outputs = new OutputTypes(imported, OPERATORS);
            return new ModelSignature(
                    ports(
                            graph.inputs(),
                            input -> Optional.ofNullable(graph.types().get(input))),
                    imported.overridable().stream()
                            .map(each -> new LoadedModel.Port(each.value().name(), each.type()))
                            .toList(),
                    ports(graph.outputs(), outputs::of),
                    outputs.unbatched());
        }
    }

    /**
     * Looks whether a model's operators take inputs of such shapes, as far as that can be told without a run.
     *
     * @param options as the model would be loaded
     * @param shapes in the order of {@link LoadedModel#inputs}
     * @throws ModelFormatException if the file is not a model, or an operator does not take them; names the node
     */
    public static void requireFitting(Path file, LoadOptions options, List<Shape> shapes) {
        try (ImportedModel imported = FileFormats.load(file, options.declared())) {
            Graph graph = graph(imported, options);
            Map<Value, ValueType> types = new HashMap<>(graph.types());
            for (int i = 0; i < shapes.size(); i++) {
                Value input = graph.inputs().get(i);
                if (types.get(input) instanceof TensorType type && type.hasRank()) {
                    types.put(input, TensorType.of(type.dataType(), shapes.get(i)));
                }
            }
            GraphTypes.infer(
                    new Graph(
                            graph.name(), graph.inputs(), graph.outputs(), graph.nodes(), graph.initializers(), types),
                    OPERATORS);
        }
    }

    private static List<LoadedModel.Port> ports(List<Value> values, Function<Value, Optional<ValueType>> types) {
        return values.stream()
                .map(value -> port(value.name(), types.apply(value)))
                .toList();
    }

    private static LoadedModel.Port port(String name, Optional<ValueType> declared) {
        ValueType type =
                declared.orElseThrow(() -> new ModelFormatException("the file declares no type of '" + name + "'"));
        if (type instanceof TensorType tensor && !isAddressable(tensor)) {
            throw new ModelFormatException("input or output '" + name + "' has the type " + type
                    + ", whose bytes exceed " + Long.MAX_VALUE + ": no memory holds it");
        }
        return new LoadedModel.Port(name, type);
    }

    /** Whether the bytes of a tensor can be counted, where those of its dims that are known say so. */
    private static boolean isAddressable(TensorType type) {
        long bytes = Math.max(type.dataType().bytes(), 1);
        List<Dim> known =
                type.dims().orElse(List.of()).stream().filter(Dim::isKnown).toList();
        for (Dim dim : known) {
            if (dim.value() > 0 && bytes > Long.MAX_VALUE / dim.value()) {
                return known.stream().anyMatch(each -> each.value() == 0);
            }
            bytes *= Math.max(dim.value(), 1);
        }
        return true;
    }
}
