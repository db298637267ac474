package dev.nereid.cuda.lowering.quantized;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import java.util.List;

/**
 * The range of a tensor on a device, as ONNX's DynamicQuantizeLinear maps it to UINT8. Lies in the first bytes of a step's
 * scratch memory.
 */
record DeviceRange(long scale, long zeroPoint) {
    private static final long NUMBER_BYTES = 256;

    /** Bytes of scratch memory for a tensor of so many elements; what follows them is free. A multiple of 256. */
    static long bytes(DeviceRun run, int length) {
        long ranges = run.kernels().quantized().rangeBytes(length);
        return 2 * NUMBER_BYTES + Math.ceilDiv(ranges, NUMBER_BYTES) * NUMBER_BYTES;
    }

    /** Finds the range. */
    static DeviceRange of(DeviceRun run, DeviceTensor x) {
        DeviceRange range = new DeviceRange(run.scratch(), run.scratch() + NUMBER_BYTES);
        run.kernels()
                .quantized()
                .range(x.address(), x.length(), range.scale, range.zeroPoint, run.scratch() + 2 * NUMBER_BYTES);
        return range;
    }

    DeviceQuantized.Scales scales() {
        return new DeviceQuantized.Scales(scale, zeroPoint, 1, 1);
    }

    /** Copies the two numbers to outputs of the step, where they are wanted. */
    void copyTo(DeviceRun run, int scaleOutput, int zeroPointOutput) {
        BroadcastStrides one = BroadcastStrides.of(new long[0], List.of(new long[0], new long[0]));
        if (run.wants(scaleOutput)) {
            run.kernels().copy(Float.BYTES, scale, 0, run.output(scaleOutput).address(), 0, one);
        }
        if (run.wants(zeroPointOutput)) {
            run.kernels().copy(1, zeroPoint, 0, run.output(zeroPointOutput).address(), 0, one);
        }
    }
}
