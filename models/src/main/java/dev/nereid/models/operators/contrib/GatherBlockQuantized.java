package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * com.microsoft.GatherBlockQuantized: ONNX Gather of a tensor that is held in few bits: of blocks along {@code
 * quantize_axis}, {@code (number - zeroPoint) * scale}.
 *
 * <p>Inputs: data, of {@code INT4} or {@code UINT4}, or of {@code UINT8}, where each byte of the last axis holds {@code 8 /
 * bits} numbers, the low ones first; indices; scales: the shape of the numbers, with blocks along the quantised axis; zero
 * points, optional: of the scales' shape, held as the data is. Output: y: indices' shape in the place of the gathered axis.
 */
final class GatherBlockQuantized implements Operator {
    private static final int INDICES = 1;
    private static final int SCALES = 2;
    private static final int ZERO_POINTS = 3;

    /**
     * How the numbers lie.
     *
     * @param perByte numbers in a byte
     * @param dims extents of the tensor of numbers
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Layout(int bits, int perByte, int gathered, int quantized, int blockSize, long[] dims) {
        static Layout of(Attributes attributes, DataType type, Shape data) {
            int bits = widthOf(attributes, type);
            int perByte = numbersPerByte(type, bits);
            int rank = data.rank();
            long[] dims = data.dims();
            dims[rank - 1] *= perByte;
            int quantized = axis(attributes, "quantize_axis", 1, rank);
            if (perByte > 1 && quantized != rank - 1) {
                throw new ModelFormatException(
                        "attribute 'quantize_axis': expected the last axis of packed numbers, got " + quantized);
            }
            long blockSize = attributes.integer("block_size", 128);
            if (blockSize < 1) {
                throw new ModelFormatException("attribute 'block_size': expected a positive number, got " + blockSize);
            }
            int gathered = axis(attributes, "gather_axis", 0, rank);
            return new Layout(bits, perByte, gathered, quantized, Math.toIntExact(blockSize), dims);
        }

        long blocks() {
            return Math.ceilDiv(dims[quantized], (long) blockSize);
        }

        Shape scales() {
            return Shape.of(dims).withDim(quantized, blocks());
        }

        /** Where the scale of a number lies. */
        long block(long number) {
            long after = 1;
            for (int axis = quantized + 1; axis < dims.length; axis++) {
                after *= dims[axis];
            }
            long along = number / after % dims[quantized];
            long before = number / after / dims[quantized];
            return (before * blocks() + along / blockSize) * after + number % after;
        }

        /** Number {@code index} of a tensor whose rows of {@code columns} begin at a byte each. */
        int number(Tensor tensor, long index, long columns) {
            if (perByte == 1 && tensor.dataType() != DataType.UINT8) {
                return tensor.segment().get(ValueLayout.JAVA_BYTE, index);
            }
            long rowBytes = Math.ceilDiv(columns, (long) perByte);
            long column = index % columns;
            int value =
                    tensor.segment().get(ValueLayout.JAVA_BYTE, index / columns * rowBytes + column / perByte) & 0xff;
            return value >>> (int) (column % perByte * bits) & ((1 << bits) - 1);
        }
    }

    private static int widthOf(Attributes attributes, DataType type) {
        long bits = attributes.integer("bits", 4);
        if (bits != 4 && (type != DataType.UINT8 || (bits != 8 && bits != 2))) {
            throw new ModelFormatException("attribute 'bits': expected 4, or of UINT8 2, 4 or 8, got " + bits);
        }
        return (int) bits;
    }

    private static int numbersPerByte(DataType type, int bits) {
        return type == DataType.UINT8 ? 8 / bits : 1;
    }

    private static int axis(Attributes attributes, String name, long whenAbsent, int rank) {
        long axis = attributes.integer(name, whenAbsent);
        if (axis < -rank || axis >= rank) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected an axis of a tensor of rank " + rank + ", got " + axis);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType data = inference.type(0);
        TensorType indices = inference.type(INDICES);
        DataType type = inference.type(SCALES).dataType();
        int perByte = numbersPerByte(data.dataType(), widthOf(inference.attributes(), data.dataType()));
        if (!data.hasRank() || !indices.hasRank()) {
            return List.of(TensorType.ofUnknownRank(type));
        }
        int gathered = axis(inference.attributes(), "gather_axis", 0, data.rank());
        List<Dim> dims = new ArrayList<>(data.dims().orElseThrow());
        dims.set(dims.size() - 1, data.dim(-1).times(perByte));
        dims.remove(gathered);
        dims.addAll(gathered, indices.dims().orElseThrow());
        return List.of(TensorType.of(type, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(run -> gather(lowering.attributes(), run));
    }

    private static void gather(Attributes attributes, StepRun run) {
        Tensor data = run.input(0);
        Layout layout = Layout.of(attributes, data.dataType(), data.shape());
        Tensor scales = run.input(SCALES);
        if (!scales.shape().equals(layout.scales())) {
            throw new IllegalArgumentException(
                    "input 2: expected the shape " + layout.scales() + ", got " + scales.shape());
        }
        checkZeroPoints(run, layout);
        long[] indices = IntegerTensors.read(run.input(INDICES)).orElseThrow();
        long extent = layout.dims()[layout.gathered()];
        for (int i = 0; i < indices.length; i++) {
            if (indices[i] < -extent || indices[i] >= extent) {
                throw new IllegalArgumentException("index " + indices[i] + " is outside an axis of " + extent);
            }
            indices[i] = Math.floorMod(indices[i], extent);
        }
        long outer = 1;
        long inner = 1;
        for (int axis = 0; axis < layout.dims().length; axis++) {
            outer *= axis < layout.gathered() ? layout.dims()[axis] : 1;
            inner *= axis > layout.gathered() ? layout.dims()[axis] : 1;
        }
        long length = inner;
        Parallel.rows(run.workers(), outer * indices.length, inner, DataType.INT8, (from, rows) -> {
            for (long row = from; row < from + rows; row++) {
                long first = (row / indices.length * extent + indices[(int) (row % indices.length)]) * length;
                for (long i = 0; i < length; i++) {
                    RealNumbers.set(run.output(0), row * length + i, value(run, layout, first + i));
                }
            }
        });
    }

    private static void checkZeroPoints(StepRun run, Layout layout) {
        if (!run.has(ZERO_POINTS)) {
            return;
        }
        Shape scales = layout.scales();
        Shape expected = scales.withDim(-1, Math.ceilDiv(scales.dim(-1), (long) layout.perByte()));
        if (!run.input(ZERO_POINTS).shape().equals(expected)
                || run.input(ZERO_POINTS).dataType() != run.input(0).dataType()) {
            throw new IllegalArgumentException("input 3: expected "
                    + run.input(0).dataType() + expected + ", got "
                    + run.input(ZERO_POINTS).dataType() + run.input(ZERO_POINTS).shape());
        }
    }

    private static double value(StepRun run, Layout layout, long number) {
        Tensor data = run.input(0);
        long block = layout.block(number);
        int zeroPoint = data.dataType() == DataType.UINT8 ? 1 << (layout.bits() - 1) : 0;
        if (run.has(ZERO_POINTS)) {
            long columns = layout.scales().dim(-1);
            zeroPoint = layout.number(run.input(ZERO_POINTS), block, columns);
        }
        int quantized = layout.number(data, number, layout.dims()[layout.dims().length - 1]);
        return (quantized - zeroPoint) * RealNumbers.at(run.input(SCALES), block);
    }
}
