package dev.nereid.models.operators.linear;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.RunResource;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.elementwise.Casts;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Runs a step of FP16 or BF16 as FP32: operands are widened into scratch memory, and output 0 is rounded once. It is what a
 * fused node is on the CPU that a device has no kernel for: graphs for the CPU alone are widened as a whole.
 */
final class WideningStep {
    private WideningStep() {}

    /** The step of a node of FP16 or BF16, made of that of FP32; of other types that itself. */
    static StepKernel of(Lowering lowering, StepKernel wide) {
        DataType type = lowering.type(0).dataType();
        if (!DataTypes.HALVES.contains(type)) {
            return wide;
        }
        ElementwiseKernels casts = lowering.kernels().elementwise();
        UnaryKernel widen = casts.cast(type, DataType.FP32, CastRule.DEFAULT);
        UnaryKernel round = casts.cast(DataType.FP32, type, CastRule.DEFAULT);
        return run -> {
            Tensor y = run.output(0);
            Tensor result = wide(run, y);
            wide.run(new WideRun(run, widen, result, new HashMap<>()));
            Casts.run(round, result, y, run.workers());
        };
    }

    private static Tensor wide(StepRun run, Tensor half) {
        return Tensor.of(
                DataType.FP32,
                half.shape(),
                run.scratch(Float.BYTES * half.shape().elements()));
    }

    /** The run of the step of FP32. */
    private record WideRun(StepRun run, UnaryKernel widen, Tensor result, Map<Integer, Tensor> operands)
            implements StepRun {
        @Override
        public boolean has(int input) {
            return run.has(input);
        }

        @Override
        public Tensor input(int input) {
            return operands.computeIfAbsent(input, _ -> widened(run.input(input)));
        }

        private Tensor widened(Tensor half) {
            if (!DataTypes.HALVES.contains(half.dataType())) {
                return half;
            }
            Tensor operand = wide(run, half);
            Casts.run(widen, half, operand, run.workers());
            return operand;
        }

        @Override
        public boolean wants(int output) {
            return run.wants(output);
        }

        @Override
        public Tensor output(int output) {
            return output == 0 ? result : run.output(output);
        }

        @Override
        public Tensor allocate(int output, Shape shape) {
            return run.allocate(output, shape);
        }

        @Override
        public RunValue value(int input) {
            return run.value(input);
        }

        @Override
        public void put(int output, RunValue value) {
            run.put(output, value);
        }

        @Override
        public Tensor allocate(DataType dataType, Shape shape) {
            return run.allocate(dataType, shape);
        }

        @Override
        public List<RunValue> run(Subgraph body, List<RunValue> inputs) {
            return run.run(body, inputs);
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

        @Override
        public <T extends RunResource> T resource(Class<T> type, Supplier<T> make) {
            return run.resource(type, make);
        }
    }
}
