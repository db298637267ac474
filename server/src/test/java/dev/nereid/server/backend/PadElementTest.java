package dev.nereid.server.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PadElementTest {
    @ParameterizedTest
    @CsvSource({
        "BOOL, true, 01",
        "BOOL, 0, 00",
        "UINT8, 255, ff",
        "INT8, -128, 80",
        "UINT16, 65535, ffff",
        "INT16, -2, feff",
        "UINT32, 4294967295, ffffffff",
        "INT32, -2, feffffff",
        "INT64, 1, 0100000000000000",
        "UINT64, 18446744073709551615, ffffffffffffffff",
        "FP16, 1.5, 003e",
        "BF16, -2, 00c0",
        "FP32, -1e4, 00401cc6",
        "FP32, -Infinity, 000080ff",
        "FP64, 1, 000000000000f03f",
    })
    void isWrittenAsItsDatatypeIs(DataType type, String text, String bytes) {
        try (Arena arena = Arena.ofConfined()) {
            for (int count : List.of(0, 1, 2, 3, 8, 13)) {
                MemorySegment segment = arena.allocate(64 + (long) count * type.bytes());
                segment.fill((byte) 0x55);
                PadElement.of(type, text).orElseThrow().fill(Tensor.of(type, Shape.of(count), segment));
                assertThat(HexFormat.of().formatHex(segment.toArray(ValueLayout.JAVA_BYTE)))
                        .isEqualTo(bytes.repeat(count) + "55".repeat(64));
            }
        }
    }

    @Test
    void aStringIsItsBytes() {
        Tensor tensor = Tensor.ofStrings(Shape.of(2), new byte[2][]);
        PadElement.of(DataType.STRING, "\u00e9").orElseThrow().fill(tensor);
        assertThat(List.of(tensor.strings())).containsOnly("\u00e9".getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "BOOL, 2",
        "UINT8, 256",
        "UINT8, -1",
        "INT8, 128",
        "UINT16, 65536",
        "INT16, -32769",
        "UINT32, 4294967296",
        "INT32, 2147483648",
        "INT64, 9223372036854775808",
        "UINT64, -1",
        "FP32, none",
        "INT32, 0.5",
        "COMPLEX64, 1",
    })
    void whatTheDatatypeCannotHoldIsNone(DataType type, String text) {
        assertThat(PadElement.of(type, text)).isEmpty();
    }
}
