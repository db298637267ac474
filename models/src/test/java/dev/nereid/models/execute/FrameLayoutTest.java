package dev.nereid.models.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.plan.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameLayoutTest {
    private static final long UNIT = NativeMemory.ALIGNMENT;
    private static final int FOR_EVER = Integer.MAX_VALUE;

    private static FrameLayout layout(List<Region> regions) {
        return FrameLayout.of(regions, _ -> 1);
    }

    /** What lives at the step that writes a region, in bytes. */
    private static long living(List<Region> regions, Region at) {
        return regions.stream()
                .filter(region -> region.from() <= at.from() && region.to() >= at.from())
                .mapToLong(region -> aligned(region.bytes().value()))
                .sum();
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, UNIT) * UNIT;
    }

    @Test
    void takesNoMoreForAChainThanForItsLargestNeighbours() {
        List<Region> chain = new ArrayList<>();
        long[] units = {1, 9, 2, 8, 3, 7};
        for (int i = 0; i < units.length; i++) {
            chain.add(new Region(Dim.of(units[i] * UNIT), i, i + 1));
        }

        assertThat(layout(chain).bytes()).isEqualTo(11 * UNIT);
    }

    @Test
    void putsSmallRegionsBesideEachOtherWhereALargeOneWas() {
        List<Region> regions = List.of(
                new Region(Dim.of(4 * UNIT), 0, 1),
                new Region(Dim.of(2 * UNIT), 1, FOR_EVER),
                new Region(Dim.of(2 * UNIT), 2, 3),
                new Region(Dim.of(2 * UNIT), 3, 4));

        assertThat(layout(regions).bytes()).isEqualTo(6 * UNIT);
    }

    @Test
    void evaluatesSizesForTheShapesOfTheRun() {
        Region region = new Region(Dim.symbol("batch").times(Dim.of(3)), 0, 1);

        assertThat(FrameLayout.of(List.of(region), _ -> 100).bytes()).isEqualTo(aligned(300));
    }

    @Test
    void isEmptyWhereThereIsNothingToKeep() {
        assertThat(layout(List.of()).bytes()).isZero();
        assertThat(layout(List.of(new Region(Dim.of(0), 0, FOR_EVER))).bytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepsApartWhatLivesAtTheSameTimeAndAlignsIt(long seed) {
        Random random = new Random(seed);
        List<Region> regions = new ArrayList<>();
        for (int step = 0; step < 200; step++) {
            int to = random.nextInt(20) == 0 ? FOR_EVER : step + random.nextInt(12);
            regions.add(new Region(Dim.of(random.nextInt(2000)), step, to));
        }

        FrameLayout layout = layout(regions);
        checkApart(regions, layout, regions.size());
        long peak = regions.stream()
                .mapToLong(region -> living(regions, region))
                .max()
                .orElseThrow();
        assertThat(layout.bytes()).isBetween(peak, peak * 5 / 4);
    }

    /** @param window how far regions are from each other that may live at the same time */
    private static void checkApart(List<Region> regions, FrameLayout layout, int window) {
        for (int i = 0; i < regions.size(); i++) {
            Region region = regions.get(i);
            long begin = layout.offset(i);
            long end = begin + region.bytes().value();
            assertThat(begin % UNIT).isZero();
            assertThat(end).isLessThanOrEqualTo(layout.bytes());
            for (int j = Math.max(i - window, 0); j < i; j++) {
                Region other = regions.get(j);
                long otherBegin = layout.offset(j);
                long otherEnd = otherBegin + other.bytes().value();
                boolean together = other.to() >= region.from() && other.from() <= region.to();
                if (together) {
                    assertThat(end <= otherBegin || otherEnd <= begin)
                            .as("regions %d and %d", j, i)
                            .isTrue();
                }
            }
        }
    }

    /** Where they are too many to be compared with each other. */
    @Test
    @Tag("found-20")
    void placesThousandsOfRegionsInTheOrderOfTheirSteps() {
        Random random = new Random(1);
        List<Region> regions = new ArrayList<>();
        int count = 20_000;
        for (int step = 0; step < count; step++) {
            regions.add(new Region(Dim.of(random.nextInt(2000)), step, step + random.nextInt(12)));
        }
        FrameLayout layout = layout(regions);
        checkApart(regions, layout, 12);
        long peak = 0;
        for (int step = 0; step < count; step++) {
            List<Region> near = regions.subList(Math.max(step - 12, 0), step + 1);
            peak = Math.max(peak, living(near, regions.get(step)));
        }
        assertThat(layout.bytes()).isBetween(peak, peak * 3 / 2);
    }
}
