import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;

/** The colour of a picture, best three classes with labels. The pixels are sent as bytes behind the request's JSON. */
public class Classify {
    private static final int SIDE = 16;

    public static void main(String[] arguments) throws IOException, InterruptedException {
        BufferedImage picture = ImageIO.read(new File(arguments[0]));
        String server = arguments.length > 1 ? arguments[1] : "localhost:8000";

        ByteBuffer pixels = pixels(picture);
        byte[] json = """
                {"inputs": [{"name": "PIXELS", "datatype": "FP32", "shape": [1, 3, %1$d, %1$d],
                             "parameters": {"binary_data_size": %2$d}}],
                 "outputs": [{"name": "SCORES", "parameters": {"classification": 3}}]}
                """.formatted(SIDE, pixels.capacity()).getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json);
        body.writeBytes(pixels.array());

        URI uri = URI.create("http://" + server + "/v2/models/colour_classifier/infer");
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/octet-stream")
                .header("Inference-Header-Content-Length", Integer.toString(json.length))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .build();
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(response.statusCode() + ": " + response.body());
        }
        System.out.println(response.body());
    }

    /** Red, green and blue as planes of 16 by 16 little-endian floats of 0 to 1: what the model was trained on. */
    private static ByteBuffer pixels(BufferedImage picture) {
        BufferedImage small = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(picture, 0, 0, SIDE, SIDE, null);
        graphics.dispose();
        ByteBuffer pixels =
                ByteBuffer.allocate(3 * SIDE * SIDE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int shift = 16; shift >= 0; shift -= 8) {
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    pixels.putFloat((small.getRGB(x, y) >> shift & 0xFF) / 255f);
                }
            }
        }
        return pixels;
    }
}
