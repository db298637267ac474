package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizeTypes;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.lowering.Body;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A run of a quantised operator as the float operator inside it sees it: tensors are FP32, in scratch memory. */
final class FloatRun implements StepRun {
    private final StepRun run;
    private final List<QuantizedPort> ports;
    private final QuantizedPort output;
    private final boolean channelsLast;
    private final KernelSet kernels;
    private final Map<Integer, Tensor> inputs = new HashMap<>();
    private Optional<Tensor> result = Optional.empty();
    private Optional<Tensor> quantized = Optional.empty();

    FloatRun(StepRun run, List<QuantizedPort> ports, QuantizedPort output, boolean channelsLast, KernelSet kernels) {
        this.run = run;
        this.ports = ports;
        this.output = output;
        this.channelsLast = channelsLast;
        this.kernels = kernels;
    }

    @Override
    public boolean has(int input) {
        return input < ports.size() && run.has(ports.get(input).tensor());
    }

    @Override
    public Tensor input(int input) {
        QuantizedPort port = ports.get(input);
        return port.isQuantized() ? inputs.computeIfAbsent(input, _ -> dequantized(port)) : run.input(port.tensor());
    }

    @Override
    public RunValue value(int input) {
        return RunValue.of(input(input));
    }

    @Override
    public boolean wants(int index) {
        return run.wants(index);
    }

    @Override
    public Tensor output(int index) {
        if (result.isEmpty()) {
            quantized = Optional.of(run.output(index));
            result = Optional.of(floats(quantized.get().shape()));
        }
        return result.get();
    }

    @Override
    public Tensor allocate(int index, Shape shape) {
        quantized = Optional.of(run.allocate(index, channelsLast ? OverFloats.channelsLast(shape) : shape));
        result = Optional.of(floats(quantized.get().shape()));
        return result.get();
    }

    @Override
    public Tensor allocate(DataType dataType, Shape shape) {
        return run.allocate(dataType, shape);
    }

    @Override
    public void put(int index, RunValue value) {
        throw new UnsupportedOperationException("a quantised operator gives tensors");
    }

    @Override
    public List<RunValue> run(Body body, List<RunValue> values) {
        return run.run(body, values);
    }

    @Override
    public RunValue keep(RunValue value) {
        return run.keep(value);
    }

    @Override
    public List<RunValue> carry(List<RunValue> values) {
        return run.carry(values);
    }

    @Override
    public MemorySegment scratch(long bytes) {
        return run.scratch(bytes);
    }

    @Override
    public Workers workers() {
        return run.workers();
    }

    /** Turns the result into the operator's output. */
    void quantize() {
        Tensor floats = result.orElseThrow();
        Tensor y = quantized.orElseThrow();
        MemorySegment x = floats.segment();
        if (channelsLast) {
            x = run.scratch(Math.max(4, 4 * y.shape().elements()));
            int[] permutation = OverFloats.toChannelsLast(y.shape().rank());
            kernels.layout().transpose(4, floats.shape().dims(), permutation, floats.segment(), x, run.workers());
        }
        QuantizedKernels quantization = kernels.quantized();
        quantization.quantize(
                QuantizationGrid.perTensor(y.shape().elements()),
                new QuantizeTypes(DataType.FP32, DataType.FP32, y.dataType(), true),
                x,
                QuantizationInputs.single(run, output.scale(), quantization),
                QuantizationInputs.singleZeroPoint(run, output.zeroPoint(), quantization),
                y.segment());
    }

    private Tensor floats(Shape shape) {
        Shape own = channelsLast ? OverFloats.channelsFirst(shape) : shape;
        return Tensor.of(DataType.FP32, own, run.scratch(Math.max(4, 4 * own.elements())));
    }

    private Tensor dequantized(QuantizedPort port) {
        Tensor x = run.input(port.tensor());
        QuantizedKernels quantization = kernels.quantized();
        MemorySegment y = run.scratch(Math.max(4, 4 * x.shape().elements()));
        quantization.dequantize(
                QuantizationGrid.perTensor(x.shape().elements()),
                x.dataType(),
                DataType.FP32,
                x.segment(),
                QuantizationInputs.single(run, port.scale(), quantization),
                QuantizationInputs.singleZeroPoint(run, port.zeroPoint(), quantization),
                y);
        if (!channelsLast) {
            return Tensor.of(DataType.FP32, x.shape(), y);
        }
        Tensor first = floats(x.shape());
        int[] permutation = OverFloats.toChannelsFirst(x.shape().rank());
        kernels.layout().transpose(4, x.shape().dims(), permutation, y, first.segment(), run.workers());
        return first;
    }
}
