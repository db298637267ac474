package dev.nereid.perf.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {
    private final ResponseReader reader = new ResponseReader();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: a\r\n\r\n"
            })
    void findsTheEndWhereverTheBytesAreSplit(String response) {
        byte[] all = bytes(response);
        for (int split = 0; split < all.length; split++) {
            reader.reset(false);
            assertThat(reader.read(ByteBuffer.wrap(all, 0, split))).isFalse();
            assertThat(reader.read(ByteBuffer.wrap(all, split, all.length - split)))
                    .isTrue();
            assertThat(reader.status()).isEqualTo(200);
        }
    }

    @Test
    void keepsTheTextOfAnError() {
        assertThat(reader.read(ByteBuffer.wrap(bytes("HTTP/1.1 400 Bad\r\nContent-Length: 4\r\n\r\noops"))))
                .isTrue();
        assertThat(reader.isOk()).isFalse();
        assertThat(reader.errorText()).isEqualTo("oops");
    }

    @Test
    void responseWithoutLengthEndsWithTheConnection() {
        assertThat(reader.read(ByteBuffer.wrap(bytes("HTTP/1.1 200 OK\r\n\r\nabc"))))
                .isFalse();
        assertThat(reader.ended()).isTrue();
        assertThat(reader.closes()).isTrue();
    }

    @Test
    void connectionThatEndsTooEarlyIsNoEnd() {
        reader.read(ByteBuffer.wrap(bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")));
        assertThat(reader.ended()).isFalse();
    }

    @Test
    void refusesWhatIsNoHttp() {
        assertThatThrownBy(() -> reader.read(ByteBuffer.wrap(bytes("SSH-2.0-OpenSSH_9\r\n"))))
                .hasMessageContaining("expected an HTTP response");
    }

    @Test
    void damagedResponsesAreRefusedOrIncompleteButNothingElse() {
        byte[] good = bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 50_000; i++) {
            byte[] damaged = good.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            reader.reset(false);
            try {
                reader.read(ByteBuffer.wrap(damaged));
            } catch (IllegalStateException | NumberFormatException _) {
                // What a broken server deserves; the connection is given up.
            }
        }
    }
}
