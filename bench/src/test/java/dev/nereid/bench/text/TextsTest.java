package dev.nereid.bench.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextsTest {
    private static long ones(InputTensor mask) {
        LongBuffer longs = mask.content().asLongBuffer();
        long sum = 0;
        while (longs.hasRemaining()) {
            sum += longs.get();
        }
        return sum;
    }

    @Test
    void paddedTextsSayTheSameBehindAMask() {
        Texts texts = new Texts(5);
        List<InferenceRequest> plain = texts.requests(false, Map.of());
        List<InferenceRequest> padded = texts.requests(true, Map.of());
        for (int i = 0; i < texts.size(); i++) {
            long length = plain.get(i).inputs().getFirst().shape().get(1);
            assertThat(length).isBetween(4L, 512L);
            assertThat(padded.get(i).inputs())
                    .allSatisfy(input -> assertThat(input.shape()).containsExactly(1L, 512L));
            assertThat(ones(padded.get(i).inputs().get(1))).isEqualTo(length);
            assertThat(padded.get(i)
                            .inputs()
                            .getFirst()
                            .content()
                            .asLongBuffer()
                            .slice(0, (int) length))
                    .isEqualTo(plain.get(i).inputs().getFirst().content().asLongBuffer());
        }
    }

    @Test
    void textsFollowFromTheSeed() {
        assertThat(new Texts(5).meanTokens())
                .isEqualTo(new Texts(5).meanTokens())
                .isBetween(60.0, 85.0);
        assertThat(new Texts(5).requests(false, Map.of()))
                .isEqualTo(new Texts(5).requests(false, Map.of()))
                .isNotEqualTo(new Texts(6).requests(false, Map.of()));
    }
}
