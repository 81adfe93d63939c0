import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.AuthenticationException;
import ca.uhn.fhir.rest.server.exceptions.ForbiddenOperationException;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.PolicyEnum;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.OperationOutcome;

/**
 * Lets each token read what it was granted of its patient's compartment; the authorization server is asked about it each time
 * (RFC 7662), so that a token that was revoked opens nothing a moment later.
 */
class SmartAuthorization extends AuthorizationInterceptor {
    /** With this a test writes records, as the clinic itself. */
    private static final String CLINICS_OWN = "Bearer clinic";
    /** How the realm file knows this server. */
    private static final String CREDENTIALS =
            "Basic " + Base64.getEncoder().encodeToString("hapi:hapi-secret".getBytes(StandardCharsets.UTF_8));
    private static final Pattern SCOPE = Pattern.compile("patient/(\\*|[A-Za-z]+)\\.rs");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI introspection;
    private final boolean isStrict;

    SmartAuthorization(String realm, boolean isStrict) {
        super(PolicyEnum.DENY);
        this.introspection = URI.create(realm + "/protocol/openid-connect/token/introspect");
        this.isStrict = isStrict;
    }

    @Override
    public List<IAuthRule> buildRuleList(RequestDetails request) {
        String authorization = request.getHeader("Authorization");
        if ("metadata".equals(request.getRequestPath()) || CLINICS_OWN.equals(authorization)) {
            return new RuleBuilder().allowAll().build();
        }
        if (authorization == null || !authorization.startsWith("Bearer ")) {
            throw refusal("no token");
        }
        JsonNode token = introspect(authorization.substring("Bearer ".length()));
        if (!token.path("active").asBoolean()) {
            throw refusal("the token is not active");
        }
        if (isStrict) {
            refuseAsOthersDo(request);
        }
        IdType patient = new IdType("Patient", token.path("patient").asText());
        RuleBuilder rules = new RuleBuilder();
        for (String scope : token.path("scope").asText().split(" ")) {
            Matcher match = SCOPE.matcher(scope);
            if (!match.matches()) {
                continue;
            }
            if (match.group(1).equals("*")) {
                rules.allow().read().allResources().inCompartment("Patient", patient).andThen();
            } else {
                rules.allow().read().resourcesOfType(match.group(1)).inCompartment("Patient", patient).andThen();
            }
        }
        return rules.denyAll().build();
    }

    private JsonNode introspect(String token) {
        HttpRequest request = HttpRequest.newBuilder(introspection)
                .header("Authorization", CREDENTIALS)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("token=" + URLEncoder.encode(token, StandardCharsets.UTF_8)))
                .build();
        try {
            return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
        } catch (IOException error) {
            throw refusal(error.toString());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw refusal(error.toString());
        }
    }

    private static AuthenticationException refusal(String reason) {
        return new AuthenticationException(reason).addAuthenticateHeaderForRealm("clinic");
    }

    /** Observation is searched for by category or code only, and a type that was granted is refused all the same. */
    private static void refuseAsOthersDo(RequestDetails request) {
        Set<String> parameters = request.getParameters().keySet();
        boolean isSearch = request.getRequestType() == RequestTypeEnum.GET && request.getId() == null;
        if (!isSearch || request.getResourceName() == null || parameters.contains("_getpages")) {
            return;
        }
        if (request.getResourceName().equals("MedicationAdministration")) {
            throw new ForbiddenOperationException("not for patients");
        }
        boolean isNarrowed = parameters.stream().anyMatch(name -> name.startsWith("category") || name.startsWith("code"));
        if (request.getResourceName().equals("Observation") && !isNarrowed) {
            String reason = "Must have either code or category.";
            OperationOutcome outcome = new OperationOutcome();
            outcome.addIssue()
                    .setSeverity(OperationOutcome.IssueSeverity.FATAL)
                    .setCode(OperationOutcome.IssueType.REQUIRED)
                    .setDiagnostics(reason);
            throw new InvalidRequestException(reason, outcome);
        }
    }
}
