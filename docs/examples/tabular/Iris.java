import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** The species of an iris, asked over HTTP with JSON. The JDK alone is enough; with Jackson or Gson read the answer by name. */
public class Iris {
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String server = arguments.length > 0 ? arguments[0] : "localhost:8000";
        String body = """
                {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 4], "data": [6.4, 3.2, 4.5, 1.5]}],
                 "outputs": [{"name": "label"}]}
                """;
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + server + "/v2/models/iris/infer"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        // The server speaks HTTP/1.1; by default this client would ask for HTTP/2 first.
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(response.statusCode() + ": " + response.body());
        }
        System.out.println(response.body());
    }
}
