import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Says where apps are authorized (SMART App Launch 2.2 §2.1), and by which scopes: type by type, or for everything at once. */
class SmartConfiguration extends HttpServlet {
    /** Those of fixtures of ours and a few more; each is a client scope in the realm file. */
    private static final List<String> TYPES = List.of(
            "Patient", "AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "Coverage", "Device", "DiagnosticReport",
            "DocumentReference", "Encounter", "ExplanationOfBenefit", "Immunization", "Media", "MedicationAdministration",
            "MedicationRequest", "Observation", "Procedure");

    private final Map<String, Object> answer;

    SmartConfiguration(String realm, boolean hasOneScope) {
        String endpoints = realm + "/protocol/openid-connect";
        Stream<String> records = hasOneScope ? Stream.of("patient/*.rs") : TYPES.stream().map(type -> "patient/" + type + ".rs");
        answer = Map.of(
                "issuer", realm,
                "authorization_endpoint", endpoints + "/auth",
                "token_endpoint", endpoints + "/token",
                "revocation_endpoint", endpoints + "/revoke",
                "grant_types_supported", List.of("authorization_code", "refresh_token"),
                "code_challenge_methods_supported", List.of("S256"),
                "authorization_response_iss_parameter_supported", true,
                "scopes_supported", Stream.concat(Stream.of("launch/patient", "offline_access"), records).toList(),
                "capabilities", List.of("launch-standalone", "client-public", "context-standalone-patient",
                        "permission-offline", "permission-patient", "permission-v2"));
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("application/json");
        new ObjectMapper().writeValue(response.getOutputStream(), answer);
    }
}
