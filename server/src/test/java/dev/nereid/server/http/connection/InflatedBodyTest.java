package dev.nereid.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InflatedBodyTest {
    private static final byte[] PLAIN = "a text of some length, a text of some length, and its end"
            .repeat(50)
            .getBytes(StandardCharsets.US_ASCII);

    private static byte[] compressed(Compression coding) {
        return coding.apply(
                stream -> stream.write(PLAIN), RequestBudget.unlimited().open());
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

    /** How bytes that are no whole stream are refused. */
    private static void assertRefused(byte[] compressed, String reason) {
        assertThatThrownBy(() -> inflated(compressed))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith("the body cannot be decompressed as ")
                .hasMessageContaining(reason);
    }

    private static int trailer(Compression coding) {
        return coding == Compression.GZIP ? 8 : 4;
    }

    @Tag("found-9")
    @ParameterizedTest
    @EnumSource
    void refusesAStreamThatEndsBeforeItsEnd(Compression coding) {
        byte[] whole = compressed(coding);
        for (int length = trailer(coding) + 2; length < whole.length; length++) {
            assertRefused(Arrays.copyOf(whole, length), "it ends before its checksum");
        }
    }

    @Tag("found-9")
    @ParameterizedTest
    @EnumSource
    void refusesAWrongChecksum(Compression coding) {
        byte[] whole = compressed(coding);
        whole[whole.length - trailer(coding)] ^= 0x55;
        assertRefused(whole, "its checksum is ");
    }

    @Tag("found-9")
    @Test
    void refusesAWrongLength() {
        byte[] whole = compressed(Compression.GZIP);
        whole[whole.length - 1] ^= 1;
        assertRefused(whole, "it does not have the length that it says");
    }

    @Tag("found-9")
    @ParameterizedTest
    @EnumSource
    void refusesDamage(Compression coding) {
        byte[] whole = compressed(coding);
        whole[coding == Compression.GZIP ? 10 : 2] = (byte) 0xFF; // a block of a type that does not exist
        assertRefused(whole, "it is damaged");
    }

    @Tag("found-9")
    @ParameterizedTest
    @EnumSource
    void refusesWhatFollowsTheStream(Compression coding) {
        byte[] one = compressed(coding);
        assertRefused(Arrays.copyOf(one, one.length + 1), "1 bytes follow its end");
        byte[] two = Arrays.copyOf(one, 2 * one.length);
        System.arraycopy(one, 0, two, one.length, one.length);
        assertRefused(two, one.length + " bytes follow its end");
    }

    @Test
    void takesWhatIsNoStreamForNothing() {
        for (String text : new String[] {"", "n", "notgzip", "notzlib"}) {
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
        assertRefused(Arrays.copyOf(named.toByteArray(), 14), "it ends before its checksum");
    }
}
