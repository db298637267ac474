package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.cuda.placement.RegionValue.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A plan with the shapes of one set of input shapes, on one stream. The values of all regions lie in one block, so that what
 * one region leaves there another one finds. One thread at a time.
 */
final class BoundPlan implements AutoCloseable {
    private final DevicePlan plan;
    private final BoundValues values;
    private final boolean saving;
    private final DeviceKernels kernels;
    private final MemoryPlan memory = new MemoryPlan();
    private final List<BoundRegion> regions = new ArrayList<>();

    /**
     * Binds a plan.
     *
     * @param symbols what the symbols of the model's inputs stand for
     * @param saving whether steps take the least scratch memory
     * @param recordings whether kernels are recorded
     * @throws IllegalArgumentException if a value has more elements than kernels of a device count
     */
    BoundPlan(
            DevicePlan plan,
            Map<String, Long> symbols,
            boolean saving,
            DeviceKernels kernels,
            KernelGraphRecorder recordings) {
        this.plan = plan;
        this.values = new BoundValues(plan, symbols);
        this.saving = saving;
        this.kernels = kernels;
        int[] lastUse = plan.lastUses();
        int first = 0;
        for (RegionPlan region : plan.regions()) {
            List<Long> scratchOffsets = place(region, first, lastUse);
            regions.add(new BoundRegion(region, values, scratchOffsets, saving, kernels, recordings));
            first += region.steps().size();
        }
    }

    /**
     * Gives the values that a region copies in or makes their places, and its steps their scratch memory.
     *
     * @param first the number of its first step
     */
    private List<Long> place(RegionPlan region, int first, int[] lastUse) {
        for (int input : region.inputs()) {
            values.place(input, memory.take(values.byteSize(input), first, lastUse[input]));
        }
        List<Long> scratchOffsets = new ArrayList<>();
        for (int i = 0; i < region.steps().size(); i++) {
            RegionStep step = region.steps().get(i);
            int index = first + i;
            for (int output : step.outputs()) {
                if (output >= 0 && plan.values().get(output).place() instanceof Place.Memory) {
                    values.place(output, memory.take(values.byteSize(output), index, Math.max(index, lastUse[output])));
                }
            }
            long needed = new BoundStep(step, values, 0, saving, kernels).scratchBytes();
            scratchOffsets.add(needed > 0 ? memory.take(needed, index, index) : 0L);
        }
        return scratchOffsets;
    }

    /**
     * Takes the memory of a run, which follows.
     *
     * @throws dev.nereid.models.device.DeviceException if it does not fit
     */
    void reserve(DeviceStream stream) {
        if (!values.moveTo(stream.reserve(memory.bytes()))) {
            close();
        }
    }

    BoundRegion region(int number) {
        return regions.get(number);
    }

    /** Whether no other region comes behind one. */
    boolean isLast(int number) {
        return number == regions.size() - 1;
    }

    /** Forgets what was recorded; a run may follow. */
    @Override
    public void close() {
        regions.forEach(BoundRegion::forget);
    }
}
