package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.device.DeviceKernelGraph;
import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a stream records. */
@Tag("cuda")
class CudaStreamTest {
    private static final int LENGTH = 5;

    private final Arena arena = Arena.ofShared();
    private EmulatedCuda cuda;
    private DeviceModelResources resources;
    private DeviceStream stream;
    private long x;
    private long y;

    @BeforeEach
    void open() {
        cuda = EmulatedCuda.find("what a stream records").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        resources = cuda.gpus().all().getFirst().open();
        stream = resources.newStream();
        stream.attach();
        x = stream.reserve(1024);
        y = x + 512;
        put(-1, 2, -3, 4, -5);
    }

    @AfterEach
    void close() {
        if (cuda != null) {
            stream.close();
            resources.close();
            assertThat(cuda.graphs()).isZero();
            assertThat(cuda.used(0)).isZero();
        }
        arena.close();
    }

    private void put(float... values) {
        stream.copyIn(arena.allocateFrom(ValueLayout.JAVA_FLOAT, values), x);
        stream.synchronize();
    }

    private float[] read(long from) {
        MemorySegment values = arena.allocate(4L * LENGTH, 4);
        stream.copyOut(from, values);
        stream.synchronize();
        return values.toArray(ValueLayout.JAVA_FLOAT);
    }

    /** x becomes -x, then y the absolute value of that. */
    private void work() {
        stream.kernels().elementwise().unary(UnaryOp.NEG, x, x, LENGTH, 0, 0);
        stream.kernels().elementwise().unary(UnaryOp.ABS, x, y, LENGTH, 0, 0);
    }

    @Test
    void doesNothingWhileItRecordsAndEverythingWhenItReplays() {
        try (DeviceKernelGraph graph = stream.record(this::work)) {
            assertThat(read(x)).containsExactly(-1, 2, -3, 4, -5);
            stream.replay(graph);
            assertThat(read(x)).containsExactly(1, -2, 3, -4, 5);
            assertThat(read(y)).containsExactly(1, 2, 3, 4, 5);
            put(9, 8, -7, 6, 5);
            stream.replay(graph);
            stream.replay(graph);
            assertThat(read(x)).containsExactly(9, 8, -7, 6, 5);
            assertThat(read(y)).containsExactly(9, 8, 7, 6, 5);
        }
    }

    @Test
    void refusesToRecordThatItWaits() {
        assertThatThrownBy(() -> stream.record(() -> {
                    work();
                    stream.synchronize();
                }))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
        assertThat(read(x)).containsExactly(-1, 2, -3, 4, -5);
        work();
        assertThat(read(y)).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void isAsBeforeWhereTheWorkFails() {
        assertThatThrownBy(() -> stream.record(() -> {
                    work();
                    throw new IllegalArgumentException("too many elements");
                }))
                .hasMessage("too many elements");
        assertThat(read(x)).containsExactly(-1, 2, -3, 4, -5);
        try (DeviceKernelGraph graph = stream.record(this::work)) {
            stream.replay(graph);
            assertThat(read(y)).containsExactly(1, 2, 3, 4, 5);
        }
    }
}
