package dev.nereid.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeviceWinogradFiltersTest {
    /** Lavin and Gray's matrix of filters for F(4 x 4, 3 x 3). */
    private static final double[][] G = {
        {1 / 4.0, 0, 0},
        {-1 / 6.0, -1 / 6.0, -1 / 6.0},
        {-1 / 6.0, 1 / 6.0, -1 / 6.0},
        {1 / 24.0, 1 / 12.0, 1 / 6.0},
        {1 / 24.0, -1 / 12.0, 1 / 6.0},
        {0, 0, 1}
    };

    @Test
    void eachPlaceHasAMatrixOfChannelsAndFilters() {
        int filters = 5;
        int channels = 3;
        Random random = new Random(1);
        float[] w = new float[filters * channels * 9];
        for (int i = 0; i < w.length; i++) {
            w[i] = random.nextFloat(-1, 1);
        }
        long bytes = DeviceWinogradFilters.bytes(filters, channels);
        assertThat(bytes).isEqualTo(4L * 36 * filters * channels);
        MemorySegment transformed = Arena.ofAuto().allocate(bytes, 64);
        DeviceWinogradFilters.transform(filters, channels, MemorySegment.ofArray(w), transformed);
        for (int at = 0; at < 36 * channels * filters; at++) {
            int place = at / (channels * filters);
            int channel = at / filters % channels;
            int filter = at % filters;
            double expected = 0;
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    expected += G[place / 6][i] * w[((filter * channels + channel) * 3 + i) * 3 + j] * G[place % 6][j];
                }
            }
            assertThat(transformed.getAtIndex(ValueLayout.JAVA_FLOAT, at))
                    .as("place %s, channel %s, filter %s", place, channel, filter)
                    .isCloseTo((float) expected, within(1e-7f));
        }
    }
}
