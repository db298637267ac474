package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Body;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Lowers the float operator inside a quantised one: its steps get a {@link FloatRun}. */
final class FloatLowering extends FloatInference implements Lowering {
    private final Lowering lowering;
    private final List<QuantizedPort> ports;
    private final QuantizedPort output;
    private final boolean channelsLast;

    FloatLowering(
            Lowering lowering,
            List<QuantizedPort> ports,
            QuantizedPort output,
            String operator,
            int opset,
            Attributes attributes) {
        super(lowering, ports, operator, opset, attributes);
        this.lowering = lowering;
        this.ports = ports;
        this.output = output;
        this.channelsLast = OverFloats.isChannelsLast(lowering.attributes());
    }

    @Override
    public KernelSet kernels() {
        return lowering.kernels();
    }

    @Override
    public boolean wants(int index) {
        return lowering.wants(index);
    }

    @Override
    public TensorType outputType(int index) {
        TensorType type = lowering.outputType(index).withDataType(DataType.FP32);
        return channelsLast ? OverFloats.channelsFirst(type) : type;
    }

    @Override
    public void step(StepKernel kernel) {
        KernelSet kernels = lowering.kernels();
        lowering.step(run -> {
            FloatRun floats = new FloatRun(run, ports, output, channelsLast, kernels);
            kernel.run(floats);
            floats.quantize();
        });
    }

    @Override
    public void stepInPlace(int input, StepKernel kernel) {
        step(kernel);
    }

    @Override
    public void stepReading(int[] inputs, StepKernel kernel) {
        step(kernel);
    }

    @Override
    public void stepPutting(StepKernel kernel) {
        throw new UnsupportedOperationException("a quantised operator gives tensors");
    }

    @Override
    public void alias(int index, int input) {
        step(run -> MemorySegment.copy(
                run.input(input).segment(),
                0,
                run.output(index).segment(),
                0,
                run.output(index).byteSize()));
    }

    @Override
    public Body body(Graph graph, List<? extends ValueType> inputs) {
        return lowering.body(graph, inputs);
    }

    @Override
    public MemorySegment constantMemory(long bytes) {
        return lowering.constantMemory(bytes);
    }
}
