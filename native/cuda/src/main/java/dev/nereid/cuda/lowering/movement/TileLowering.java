package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.Tile;
import java.util.List;
import java.util.Optional;

/** {@link Tile} on a device. */
final class TileLowering implements DeviceLowering<Tile> {
    @Override
    public Optional<DeviceStep> step(Tile operator, Inference node, DeviceCapabilities capabilities) {
        int rank = node.type(0).rank();
        Optional<List<Dim>> repeats = Tile.repeats(node, rank);
        // Each axis, and another one where it is repeated.
        boolean fits = repeats.isPresent()
                && DeviceMoves.fits(
                        node,
                        capabilities,
                        rank
                                + (int) repeats.get().stream()
                                        .filter(repeat -> !repeat.is(1))
                                        .count());
        return fits ? Optional.of(DeviceStep.moving(List.of(0), TileLowering::runOnDevice)) : Optional.empty();
    }

    private static void runOnDevice(DeviceRun run) {
        DeviceTensor x = run.input(0);
        DeviceTensor y = run.output(0);
        if (y.length() > 0) {
            Tile.Box box = Tile.Box.of(x.shape(), y.shape());
            DeviceMoves.copy(run, box.dims(), x, 0, box.from(), y, 0, box.to());
        }
    }
}
