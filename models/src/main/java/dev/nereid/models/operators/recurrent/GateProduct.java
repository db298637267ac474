package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.recurrent.Int8GateWeights;
import dev.nereid.kernels.recurrent.Int8RecurrentKernels;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.LongFunction;

/** A product with the weights of some gates: {@code c[rows, n] = addend + a[rows, k] * b[k, n]}. */
sealed interface GateProduct {
    /** The n of the product. */
    int columns();

    /** Scratch memory that a product of so many rows needs. */
    long scratchBytes(int rows);

    /** Computes c, which overlaps neither a nor the addend. */
    void run(Matrix a, Matrix c, Optional<Matrix> addend, MemorySegment scratch, Workers workers);

    /**
     * A product with {@code weights}: [k, n].
     *
     * @param memory makes memory that lives as long as the result, with any content
     */
    static GateProduct of(MatMulKernels kernels, DataType type, Matrix weights, LongFunction<MemorySegment> memory) {
        if (type != DataType.FP32) {
            return new Plain(kernels, type, weights);
        }
        MemorySegment packed = memory.apply(kernels.packedBytes(weights.rows(), weights.columns()));
        packed.fill((byte) 0);
        return new Packed(kernels, kernels.pack(weights, packed));
    }

    /** Of FP32, with weights in the kernels' layout. */
    record Packed(MatMulKernels kernels, PackedMatrix weights) implements GateProduct {
        @Override
        public int columns() {
            return weights.columns();
        }

        @Override
        public long scratchBytes(int rows) {
            return kernels.scratchBytes(rows, weights);
        }

        @Override
        public void run(Matrix a, Matrix c, Optional<Matrix> addend, MemorySegment scratch, Workers workers) {
            Epilogue epilogue = addend.map(Epilogue.NONE::withAddend).orElse(Epilogue.NONE);
            kernels.multiply(a, weights, c, epilogue, scratch, workers);
        }
    }

    /** Of any other datatype. */
    record Plain(MatMulKernels kernels, DataType type, Matrix weights) implements GateProduct {
        @Override
        public int columns() {
            return weights.columns();
        }

        @Override
        public long scratchBytes(int rows) {
            return 0;
        }

        @Override
        public void run(Matrix a, Matrix c, Optional<Matrix> addend, MemorySegment scratch, Workers workers) {
            kernels.multiply(type, a, weights, c);
            if (addend.isPresent()) {
                kernels.scaleAndAdd(type, 1, c, 1, addend);
            }
        }
    }

    /** Of FP32 whose rows are rounded to bytes, as the weights are. */
    record Int8(Int8RecurrentKernels kernels, Int8GateWeights weights) implements GateProduct {
        @Override
        public int columns() {
            return weights.blocks().columns();
        }

        @Override
        public long scratchBytes(int rows) {
            return kernels.scratchBytes(rows, weights);
        }

        /** The addend is the same row for all. */
        @Override
        public void run(Matrix a, Matrix c, Optional<Matrix> addend, MemorySegment scratch, Workers workers) {
            Optional<MemorySegment> bias = addend.map(row -> row.segment().asSlice(row.offset() * Float.BYTES));
            kernels.gates(a, weights, bias, c, scratch, workers);
        }
    }
}
