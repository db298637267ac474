package dev.nereid.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** PEM files of a key and of a certificate that nobody has signed but itself, made by the JDK's keytool. */
public record SelfSigned(Path certificate, Path key) {
    private static final String PASSWORD = "changeit";
    private static final String ALIAS = "own";

    /** Makes them for a name, in a folder of that name. */
    public static SelfSigned make(Path folder, String name) throws Exception {
        return make(folder, name, "EC", 0);
    }

    /** Makes them for a host of another name. */
    public static SelfSigned make(Path folder, String name, String host) throws Exception {
        return make(folder, name, host, "EC", 0);
    }

    /** Makes them with keys of an algorithm, valid for two days from a day that is so many from today. */
    public static SelfSigned make(Path folder, String name, String algorithm, int startDays) throws Exception {
        return make(folder, name, name, algorithm, startDays);
    }

    private static SelfSigned make(Path folder, String name, String host, String algorithm, int startDays)
            throws Exception {
        Path home = Files.createDirectories(folder.resolve(name));
        Path store = home.resolve("store.p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = new ArrayList<>(List.of(keytool.toString(), "-genkeypair"));
        command.addAll(List.of("-alias", ALIAS, "-keyalg", algorithm, "-validity", "2"));
        command.addAll(List.of("-startdate", (startDays < 0 ? "" : "+") + startDays + "d"));
        command.addAll(List.of("-dname", "CN=" + name, "-ext", "san=dns:" + host));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool: " + output);
        }
        return read(home, store);
    }

    private static SelfSigned read(Path home, Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        Path certificate = home.resolve("certificate.pem");
        Path key = home.resolve("key.pem");
        write(certificate, "CERTIFICATE", store.getCertificate(ALIAS).getEncoded());
        write(key, "PRIVATE KEY", store.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
        return new SelfSigned(certificate, key);
    }

    private static void write(Path file, String kind, byte[] bytes) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
    }
}
