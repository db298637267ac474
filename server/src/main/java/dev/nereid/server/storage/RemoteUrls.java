package dev.nereid.server.storage;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How the texts that name remote repositories are taken apart. */
final class RemoteUrls {
    static final String AZURE_FORM = "as://<account>/<container>/<path>";
    private static final String AZURE_DOMAIN = ".blob.core.windows.net";
    private static final String S3_FORM = "s3://<bucket>/<path>, s3://<host>:<port>/<bucket>/<path> or "
            + "s3://https://<host>:<port>/<bucket>/<path>";

    /** A host is one that a scheme stands before or a port behind; else it is a bucket. */
    private static final Pattern HOST = Pattern.compile(
            "/*(?:(?<scheme>https?)://+(?<named>[^/:]+(?::[0-9]+)?)|(?<plain>[0-9a-zA-Z.-]+:[0-9]+))(?<path>/.*|)");

    private RemoteUrls() {}

    static RemoteUrl s3(String text) {
        String path = text.substring(RemoteUrl.S3.length());
        Optional<String> endpoint = Optional.empty();
        Matcher host = HOST.matcher(path);
        if (host.matches()) {
            String scheme = host.group("scheme");
            endpoint = Optional.of(
                    scheme == null ? "http://" + host.group("plain") : scheme + "://" + host.group("named"));
            path = host.group("path");
        }
        return new RemoteUrl.OfS3(endpoint, first(path, text, S3_FORM), rest(path, 1));
    }

    /** The first name of a path. */
    static String first(String path, String text, String form) {
        return names(path)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("expected " + form + ", got '" + text + "'"));
    }

    /** What follows the first {@code skipped} names, as a prefix of keys. */
    static String rest(String path, int skipped) {
        return names(path).skip(skipped).map(name -> name + "/").collect(Collectors.joining());
    }

    static String withoutDomain(String account) {
        return account.endsWith(AZURE_DOMAIN)
                ? account.substring(0, account.length() - AZURE_DOMAIN.length())
                : account;
    }

    private static Stream<String> names(String path) {
        return Arrays.stream(path.split("/", -1)).filter(name -> !name.isEmpty());
    }
}
