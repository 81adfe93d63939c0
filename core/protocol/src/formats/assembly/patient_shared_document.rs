//! A PDF of the patient in what they share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::addresses::random_urn;
use super::assembled::{AssembledBundle, AssemblyError};
use crate::crypto::Rng;
use crate::domain::Timestamp;

/// Which PDF it is, by the profile `https://cms.gov/fhir/StructureDefinition/patient-shared-document-reference`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PatientSharedDocument {
    /// A complete readable rendering of every other resource of the Bundle (LOINC 60591-5).
    Rendering,
    /// The patient's own words (LOINC 51855-5).
    Story,
}

impl PatientSharedDocument {
    /// Code and title.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Rendering => ("60591-5", "Patient summary Document"),
            Self::Story => ("51855-5", "Patient Note"),
        }
    }

    /// Adds a PDF to a Bundle that [`patient_shared_bundle`](super::patient_shared_bundle) made, as a DocumentReference of the
    /// patient's own, labelled as asserted by the patient (`PATAST`).
    ///
    /// # Errors
    /// [`AssemblyError::Entropy`]; the Bundle is then as it was.
    pub fn add_to(
        self,
        bundle: &mut AssembledBundle,
        pdf: &[u8],
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<(), AssemblyError> {
        let address = random_urn(rng).map_err(AssemblyError::Entropy)?;
        let ((code, display), patient) = (self.names(), &bundle.patient);
        let data = STANDARD.encode(pdf);
        let resource = format!(
            concat!(
                r#"{{"resourceType":"DocumentReference","meta":{{"security":[{{"#,
                r#""system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"PATAST"}}]}},"#,
                r#""status":"current","type":{{"coding":[{{"system":"http://loinc.org","code":"{code}","display":"{display}"}}]}},"#,
                r#""category":[{{"coding":[{{"system":"https://cms.gov/fhir/CodeSystem/patient-shared-category","#,
                r#""code":"patient-shared"}}]}}],"subject":{{"reference":"{patient}"}},"date":"{now}","#,
                r#""author":[{{"reference":"{patient}"}}],"content":[{{"attachment":{{"#,
                r#""contentType":"application/pdf","data":"{data}"}}}}]}}"#
            ),
            code = code,
            display = display,
            patient = patient,
            now = now,
            data = data,
        );
        bundle.add_at_end(&address, resource.as_bytes());
        Ok(())
    }
}
