// Writes FHIR R4 that HAPI FHIR can read in both of its forms, as pairs that the tests compare:
// java -cp 'lib/*' Peer.java FOLDER OUT, with HAPI's jars in lib (fixtures/fhir-xml/README.md).
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.StrictErrorHandler;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.hl7.fhir.r4.model.Resource;

public class Peer {
    public static void main(String[] arguments) throws Exception {
        FhirContext context = FhirContext.forR4();
        IParser json = context.newJsonParser(), xml = context.newXmlParser();
        for (IParser parser : List.of(json, xml)) {
            parser.setOverrideResourceIdWithBundleEntryFullUrl(false);
            parser.setStripVersionsFromReferences(false);
            parser.setParserErrorHandler(new StrictErrorHandler());
        }
        Path folder = Path.of(arguments[0]), out = Files.createDirectories(Path.of(arguments[1]));
        List<Path> files;
        try (var found = Files.walk(folder)) {
            files = found.filter(Files::isRegularFile).sorted().toList();
        }
        int written = 0, refused = 0;
        for (Path file : files) {
            String name = file.toString().replaceFirst("\\.gz$", "");
            if (!name.matches(".*\\.(json|xml|phr)")) continue;
            try (InputStream bytes = Files.newInputStream(file);
                    InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes) {
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                Resource resource = (Resource) (name.endsWith(".xml") ? xml : json).parseResource(text);
                String inXml = name.endsWith(".xml") ? text : xml.encodeResourceToString(resource);
                Path pair = out.resolve(String.format("%04d", written++));
                Files.writeString(Path.of(pair + ".json"), json.encodeResourceToString(resource));
                Files.writeString(Path.of(pair + ".xml"), inXml);
                Files.writeString(Path.of(pair + ".name"), folder.relativize(file).toString());
            } catch (Exception notR4) {
                refused++;
            }
        }
        System.out.println(written + " files in both forms, " + refused + " that HAPI does not read as R4");
    }
}
