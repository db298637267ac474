package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceTokens;
import dev.nereid.cuda.device.DeviceTokens.Pasts;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.attention.RotaryEmbedding;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@link RotaryEmbedding} on a device. */
final class RotaryEmbeddingLowering implements DeviceLowering<RotaryEmbedding> {
    @Override
    public Optional<DeviceStep> step(RotaryEmbedding operator, Inference node, DeviceCapabilities capabilities) {
        if (!DeviceTokenSteps.areAlike(node, operator.cosines(), operator.cosines() + 1)) {
            return Optional.empty();
        }
        boolean neighbours = node.attributes().integer("interleaved", 0) != 0;
        List<Integer> reads = Stream.of(0, operator.cosines(), operator.cosines() + 1, operator.positions())
                .filter(node::has)
                .toList();
        return Optional.of(DeviceStep.computing(reads, run -> {
            DeviceTensor x = run.input(0);
            Shape angles = run.input(operator.cosines()).shape();
            RotaryEmbedding.Sizes sizes = RotaryEmbedding.sizes(
                    node, x.shape(), angles, run.input(operator.cosines() + 1).shape());
            run.kernels()
                    .tokens()
                    .rotate(
                            x.dataType(),
                            rotation(operator, run, sizes, angles, neighbours),
                            x.address(),
                            run.input(operator.cosines()).address(),
                            run.input(operator.cosines() + 1).address(),
                            run.has(operator.positions())
                                    ? run.input(operator.positions()).address()
                                    : 0,
                            run.output(0).address());
        }));
    }

    private static DeviceTokens.Rotation rotation(
            RotaryEmbedding operator, DeviceRun run, RotaryEmbedding.Sizes sizes, Shape angles, boolean neighbours) {
        int[] positionStrides = {0, 0};
        int[] rowStrides = {0, 0};
        if (!run.has(operator.positions())) {
            RotaryEmbedding.requireOfTokens(angles, sizes);
            rowStrides = new int[] {sizes.tokens(), 1};
        } else {
            long given = run.input(operator.positions()).shape().elements();
            operator.requirePositions(angles, given, sizes);
            if (operator.isFirst(given)) {
                rowStrides[1] = 1;
            } else {
                positionStrides = new int[] {sizes.tokens(), 1};
            }
        }
        DeviceTensor x = run.input(0);
        int[] strides = x.shape().rank() == 3
                ? DeviceVectors.side(0, sizes.heads(), sizes.tokens(), sizes.size())
                        .strides()
                : DeviceVectors.stacked(0, sizes.heads(), sizes.tokens(), sizes.size())
                        .strides();
        return new DeviceTokens.Rotation(
                sizes.batch(),
                sizes.heads(),
                sizes.tokens(),
                sizes.size(),
                sizes.rotated() / 2,
                Math.toIntExact(angles.elements() / Math.max(1, angles.dim(-1))),
                neighbours,
                strides,
                strides,
                Pasts.of(0, 0),
                positionStrides,
                rowStrides);
    }
}
