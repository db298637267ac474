import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Requests that cost much time or memory. */
final class LoadAttacks {
    private static final int NAMES = 1 << 15;
    private static final int BODIES = 64;
    /** Their tensor is within the limit of one input, 64 MiB, and their text takes 60 MB. */
    private static final int NUMBERS = 15_000_000;

    private static final String NUMBER = ",1.5";

    private LoadAttacks() {}

    /** Three requests of 1.2 MB each; health is asked meanwhile. */
    static void equalHashes(Checks.Target target) throws Exception {
        StringBuilder parameters = new StringBuilder();
        for (int i = 0; i < NAMES; i++) {
            parameters.append(i == 0 ? "\"" : ",\"");
            for (int bit = 0; bit < 15; bit++) {
                parameters.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            parameters.append("\":1");
        }
        String body = Checks.JSON.substring(0, Checks.JSON.length() - 1) + ",\"parameters\":{" + parameters + "}}";
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                all.add(threads.submit(() -> {
                    Checks.assertStatus(400, target.http(), Checks.post(Checks.INFER, "localhost", "", body));
                    return null;
                }));
            }
            while (!all.stream().allMatch(Future::isDone)) {
                Checks.assertLives(target);
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    /** Far more than the heap has: each is answered, or refused for lack of memory, none with 500. */
    static void largeBodies(Checks.Target target) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> all = new ArrayList<>();
            for (int i = 0; i < BODIES; i++) {
                all.add(threads.submit(() -> sendLarge(target.http())));
            }
            for (Future<String> one : all) {
                String said = one.get(60, TimeUnit.SECONDS);
                boolean tooLarge = said.startsWith("HTTP/1.1 400 ") && said.contains("bytes of the Java heap");
                Checks.assertThat(
                        said.isEmpty()
                                || said.startsWith("HTTP/1.1 200 ")
                                || said.startsWith("HTTP/1.1 503 ")
                                || tooLarge,
                        "expected an answer or a refusal for lack of memory, got " + said);
            }
        }
    }

    private static String sendLarge(int port) throws IOException {
        String begin = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1," + NUMBERS
                + "],\"data\":[1";
        String end = "]}]}";
        long length = begin.length() + (long) NUMBER.length() * (NUMBERS - 1) + end.length();
        byte[] piece = NUMBER.repeat(1 << 14).getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(50_000);
            OutputStream out = socket.getOutputStream();
            out.write(("POST " + Checks.INFER + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + length + "\r\n\r\n" + begin)
                    .getBytes(StandardCharsets.US_ASCII));
            for (long left = (long) NUMBER.length() * (NUMBERS - 1); left > 0; left -= piece.length) {
                out.write(piece, 0, (int) Math.min(piece.length, left));
            }
            out.write(end.getBytes(StandardCharsets.US_ASCII));
            return Wire.line(socket) + new String(socket.getInputStream().readNBytes(600), StandardCharsets.US_ASCII);
        } catch (java.net.SocketException e) {
            return ""; // the server has ended the connection
        }
    }
}
