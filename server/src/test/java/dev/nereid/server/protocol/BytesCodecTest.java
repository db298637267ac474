package dev.nereid.server.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytesCodecTest {
    private static final byte[][] ELEMENTS = {
        "hello".getBytes(StandardCharsets.UTF_8),
        new byte[0],
        {0, (byte) 0xFF, 'x'},
        "é".getBytes(StandardCharsets.UTF_8)
    };

    private static byte[] encoded() {
        byte[] wire = new byte[(int) BytesCodec.encodedSize(ELEMENTS, ELEMENTS.length)];
        long end = BytesCodec.encode(ELEMENTS, ELEMENTS.length, MemorySegment.ofArray(wire), 0);
        assertThat(end).isEqualTo(wire.length);
        return wire;
    }

    @Test
    void decodesWhatItEncoded() {
        assertThat(BytesCodec.decode(MemorySegment.ofArray(encoded()), 4).orElseThrow())
                .isDeepEqualTo(ELEMENTS);
    }

    @Test
    void putsTheLengthInFrontLittleEndian() {
        byte[][] one = {{'a', 'b'}};
        byte[] wire = new byte[6];
        BytesCodec.encode(one, 1, MemorySegment.ofArray(wire), 0);
        assertThat(wire).containsExactly(2, 0, 0, 0, 'a', 'b');
    }

    @Test
    void decodesNoElementsFromNoBytes() {
        assertThat(BytesCodec.decode(MemorySegment.ofArray(new byte[0]), 0).orElseThrow())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 3, 5, 1_000_000_000, Long.MAX_VALUE})
    void refusesAnotherNumberOfElements(long count) {
        assertThat(BytesCodec.decode(MemorySegment.ofArray(encoded()), count)).isEmpty();
    }

    @Test
    void refusesLengthsBeyondTheEnd() {
        byte[] wire = encoded();
        for (byte high : new byte[] {1, 0x7F, (byte) 0x80, (byte) 0xFF}) {
            wire[3] = high;
            assertThat(BytesCodec.decode(MemorySegment.ofArray(wire), 4)).isEmpty();
        }
    }

    @Test
    void refusesEveryTruncation() {
        byte[] wire = encoded();
        for (int length = 0; length < wire.length; length++) {
            assertThat(BytesCodec.decode(MemorySegment.ofArray(wire).asSlice(0, length), 4))
                    .isEmpty();
        }
    }
}
