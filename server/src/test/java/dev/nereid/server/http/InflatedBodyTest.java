package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InflatedBodyTest {
    private static final byte[] PLAIN = "a text of some length, a text of some length, and its end"
            .repeat(50)
            .getBytes(StandardCharsets.US_ASCII);

    private static byte[] compressed(Compression coding) {
        return coding.apply(stream -> stream.write(PLAIN));
    }

    private static byte[] inflated(byte[] compressed) {
        try (InflatedBody body = new InflatedBody(compressed)) {
            return body.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void findsOutItselfWhatCodingABodyHas(Compression coding) {
        assertThat(inflated(compressed(coding))).isEqualTo(PLAIN);
    }

    @ParameterizedTest
    @EnumSource
    void doesNotMissOrCheckAChecksum(Compression coding) {
        byte[] whole = compressed(coding);
        int trailer = coding == Compression.GZIP ? 8 : 4;
        assertThat(inflated(Arrays.copyOf(whole, whole.length - trailer))).isEqualTo(PLAIN);
        whole[whole.length - trailer] ^= 0x55;
        assertThat(inflated(whole)).isEqualTo(PLAIN);
    }

    @ParameterizedTest
    @EnumSource
    void keepsWhatComesBeforeTheDamage(Compression coding) {
        byte[] noise = new byte[4096];
        new Random(1).nextBytes(noise);
        byte[] whole = coding.apply(stream -> stream.write(noise));
        byte[] part = inflated(Arrays.copyOf(whole, whole.length / 2));
        assertThat(part).isNotEmpty().isEqualTo(Arrays.copyOf(noise, part.length));
    }

    @Test
    void takesWhatIsNoStreamForNothing() {
        for (String text :
                new String[] {"", "n", "notgzip", "notzlib", "\u001f\u008b", "\u001f\u008b\u0008\u0000rest of it"}) {
            assertThat(inflated(text.getBytes(StandardCharsets.ISO_8859_1))).isEmpty();
        }
    }

    @Test
    void passesOverNamesAndCommentsInAHeader() {
        byte[] whole = compressed(Compression.GZIP);
        ByteArrayOutputStream named = new ByteArrayOutputStream();
        byte[] head = Arrays.copyOf(whole, 10);
        head[3] = 0x02 | 0x04 | 0x08 | 0x10; // checksum, extra field, file name, comment
        named.writeBytes(head);
        named.writeBytes(new byte[] {3, 0, 1, 2, 3, 'n', 0, 'c', 0, 9, 9});
        named.write(whole, 10, whole.length - 10);
        assertThat(inflated(named.toByteArray())).isEqualTo(PLAIN);
        assertThat(inflated(Arrays.copyOf(named.toByteArray(), 14))).isEmpty();
    }

    @Test
    void leavesWhatFollowsTheFirstStream() {
        byte[] one = compressed(Compression.DEFLATE);
        byte[] two = Arrays.copyOf(one, 2 * one.length);
        System.arraycopy(one, 0, two, one.length, one.length);
        assertThat(inflated(two)).isEqualTo(PLAIN);
    }
}
