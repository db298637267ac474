package dev.nereid.models.operators.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions of bytes on several workers. */
class SharedConvolutionTest {
    private static final int CHANNELS = 32;
    private static final int SIZE = 24;

    /** Workers get items as far as those go round, else parts of them. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 1", "9, 1", "1, 32", "3, 32", "8, 32"})
    void givesTheSameForEveryBatchAndWorkers(int batch, int groups) {
        OperatorCase convolution = OperatorCase.of("ConvInteger", 10)
                .with("group", groups)
                .with("pads", new long[] {1, 1, 1, 1})
                .data(bytes(1, DataType.UINT8, batch, CHANNELS, SIZE, SIZE))
                .argument(bytes(2, DataType.INT8, CHANNELS, CHANNELS / groups, 3, 3))
                .argument(Tensors.bytes(DataType.UINT8, 100).withShape(Shape.SCALAR));
        int[] single = ints(convolution.tensors().getFirst());
        for (int count : new int[] {2, 3}) {
            try (WorkerPool pool = new WorkerPool(count);
                    WorkerPool.Grant workers = pool.grant()) {
                assertThat(ints(convolution.tensors(workers).getFirst()))
                        .describedAs("%d workers", count)
                        .isEqualTo(single);
            }
        }
    }

    private static Tensor bytes(long seed, DataType type, long... dims) {
        Shape shape = Shape.of(dims);
        int lowest = type == DataType.INT8 ? Byte.MIN_VALUE : 0;
        int[] values =
                new Random(seed).ints(shape.elements(), lowest, lowest + 256).toArray();
        return Tensors.bytes(type, values).withShape(shape);
    }

    private static int[] ints(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }
}
