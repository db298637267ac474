package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceRecurrentPass;

/** Starts the kernels of {@code recurrent.cu}, one or two a step. */
final class CudaRecurrent {
    private static final int UNITS = 8;
    private static final int THREADS = 256;

    private final Launcher launcher;
    private final long outside;

    /** @param outside address of an {@code int} of device memory that becomes 1 where a length is none */
    CudaRecurrent(Launcher launcher, long outside) {
        this.launcher = launcher;
        this.outside = outside;
    }

    void recur(DeviceRecurrentPass layer) {
        for (int step = 0; step < layer.steps(); step++) {
            switch (layer.kind()) {
                case RNN -> step("rnn_step", layer, step);
                case GRU -> {
                    if (!layer.linear()) {
                        step("gru_reset", layer, step);
                    }
                    step("gru_step", layer, step);
                }
                case LSTM -> step("lstm_step", layer, step);
            }
        }
    }

    private void step(String kernel, DeviceRecurrentPass layer, int step) {
        launcher.begin()
                .address(layer.input())
                .address(layer.r())
                .address(layer.bias())
                .address(layer.statesAfter(step))
                .address(layer.statesAfter(step + 1))
                .address(layer.cells())
                .address(layer.y())
                .address(layer.lengths())
                .address(outside)
                .number(step)
                .number(layer.steps())
                .number(layer.batch())
                .number(layer.hidden())
                .number(layer.yStride())
                .number(layer.reversed())
                .real(layer.clip())
                .number(layer.linear());
        launcher.run(kernel, Math.ceilDiv(layer.stateLength(), UNITS), 1, 1, THREADS, 1);
    }
}
