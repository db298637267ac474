package dev.nereid.models.tensorflow.saved;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Runs signatures of SavedModels. */
final class SavedModelRuns {
    private static final KernelSet KERNELS = KernelSelection.of(
                    KernelSelection.parse("native"), List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
            .kernels();

    private SavedModelRuns() {}

    /** The outputs by their names. */
    static Map<String, double[]> run(Path folder, String signature, Map<String, Tensor> inputs) {
        Map<String, String> parameters = Map.of(SavedModelFile.SIGNATURE_PARAMETER, signature);
        LoadOptions options = LoadOptions.DEFAULT.withDeclared(new DeclaredPorts(List.of(), List.of(), parameters));
        try (SlabPool memory = new SlabPool(1L << 26);
                LoadedModel model = ModelLoader.load(folder, options, KERNELS, memory)) {
            List<Tensor> given = new ArrayList<>();
            model.inputs().forEach(port -> given.add(Objects.requireNonNull(inputs.get(port.name()), port.name())));
            try (RunResult result = model.run(given, Workers.single())) {
                Map<String, double[]> outputs = new TreeMap<>();
                for (int i = 0; i < model.outputs().size(); i++) {
                    outputs.put(
                            model.outputs().get(i).name(),
                            numbers(result.outputs().get(i)));
                }
                return outputs;
            }
        }
    }

    /** The elements of a tensor of FP32 or FP64. */
    static double[] numbers(Tensor tensor) {
        double[] numbers = new double[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = tensor.dataType() == DataType.FP64
                    ? tensor.segment().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * i)
                    : tensor.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
        }
        return numbers;
    }
}
