// Generated from fixtures/texts/texts.json by `./dev texts`.

/// A text, named for where it stands and what it says.
public enum TextKey: String, CaseIterable, Sendable {
    // Everywhere
    case tabRecords
    case tabClinics
    case tabAccess
    case tabShare
    case tabLog
    case back
    case next
    case cancel
    case close
    case retry
    case loading
    case lockNow
    case appHidden
    case step

    // Unlock
    case unlockTitle
    case unlockBody
    case unlockAction
    case recoverForgot
    case recoverAction
    case pinErase
    case promptTitle

    // Recovery words
    case wordsTitle
    case wordsBody
    case wordsField
    case wordsMeant
    case wordsSecret
    case passphraseTitle
    case passphraseBody
    case passphraseField
    case passphraseBlank
    case newPinTitle
    case newPinBody
    case repeatPinTitle
    case repeatPinAction

    // First launch
    case startTitle
    case startBody
    case startPrivate
    case aboutWordsTitle
    case aboutWordsBody
    case aboutWordsCare
    case startNew
    case startNewHow
    case startHaveWords
    case startHaveWordsHow
    case showWordsTitle
    case showWordsBody
    case showWordsOnlyThese
    case showWordsDone
    case wordNumbered
    case wordField
    case quizTitle
    case quizBody
    case quizLookAgain
    case quizLater
    case firstPinTitle
    case firstPinBody
    case typeWordsBody
    case wordUnknown
    case typeWordsFewer
    case doneTitle
    case doneBody
    case showWordsPage
    case showWordsNext
    case checkWordsPin
    case checkWordsBody
    case checkWordsDone
    case checkWordsDoneBody

    // Connecting, and bringing records back
    case connectQuestion
    case connectBody
    case connectRestoreBody
    case connectFromCode
    case connectToldHost
    case connectToldLedger
    case connectToldCheck
    case connectDemonstration
    case connectNoPlaceTitle
    case connectNoPlace
    case connectAction
    case connectRestoreAction
    case connectLater
    case connectPin
    case connectDone
    case restoringTitle
    case restoringBody
    case restoringPercent
    case stop
    case restoredTitle
    case restoredAsOf
    case restoredGrants
    case restoredShares
    case restoredAll
    case restoredMissing
    case missingMaybeOlder

    // What needs doing
    case todoTitle
    case todoCheckWords
    case todoConnect
    case todoAddRecords
    case todoTakenOver
    case todoSendAction
    case todoSending
    case todoCheckClinicsAction
    case todoCheckWordsAction
    case todoAgree
    case todoAgreeAction
    case todoEndSoonAction
    case todoLookThroughAction

    // Home
    case homeAllergiesNone
    case homeProblemsNone
    case homeMedicinesNone
    case homeResults
    case trendUp
    case trendDown
    case trendSame
    case homeNew
    case homeCategories

    // Settings and safety
    case switchedOn
    case switchedOff
    case settingsTitle
    case settingsLocking
    case settingsLostPhone
    case settingsRecords
    case settingsApp
    case languageTitle
    case languageHow
    case textSizeHow
    case noticesTitle
    case noticesBody
    case noticesPrivate
    case noticesOpen
    case noticesReads
    case noticesWhenOpen
    case noticesEnds
    case noticesNames
    case noticesNamesHow
    case noticesRefused
    case panicLock
    case panicLockHow
    case autoLockTitle
    case autoLockBody
    case autoLockInFront
    case autoLockInBackground
    case autoLockAfter
    case autoLockAtOnce
    case autoLockNever
    case changePinTitle
    case changePinOld
    case changePinDone
    case changePinDoneBody
    case biometricsTitle
    case biometricsBody
    case biometricsPinStays
    case biometricsOthers
    case biometricsEnable
    case biometricsDisable
    case biometricsPin
    case biometricsIsOn
    case biometricsIsOff
    case biometricsUnlock
    case problemBiometricsUnavailable
    case seeWordsTitle
    case seeWordsPrevious
    case seeWordsHide
    case eraseTitle
    case eraseBody
    case eraseStaysTitle
    case eraseStays
    case eraseEndFirst
    case eraseBackTitle
    case eraseBack
    case eraseLost
    case eraseAction
    case erasePin
    case eraseQuestion
    case erased
    case eraseNoWords
    case eraseForgottenTitle
    case eraseForgotten
    case eraseStillOpens
    case eraseLookFirst
    case exportTitle
    case exportBody
    case exportUnlocked
    case exportPin
    case exportAction
    case exportSave
    case exportDone
    case biometricsAgain
    case problemBiometricsRefused
    case problemBiometricsNotNow
    case problemFingerMayStillOpen

    // About and help
    case aboutTitle
    case aboutVersion
    case aboutFree
    case aboutDoctor
    case aboutCare
    case licencesTitle
    case licencesBody
    case privacyTitle
    case privacyPhoneTitle
    case privacyPhone
    case privacyCopyTitle
    case privacyCopy
    case privacyClinicsTitle
    case privacyClinics
    case privacyCodesTitle
    case privacyCodes
    case privacyTracesTitle
    case privacyTraces
    case privacyNoneTitle
    case privacyNone
    case helpTitle
    case helpEmergency
    case helpEmergencyAnswer
    case helpLostPhone
    case helpLostPhoneAnswer
    case helpForgotPin
    case helpForgotPinAnswer
    case helpLostWords
    case helpLostWordsAnswer
    case helpFoundWords
    case helpFoundWordsAnswer
    case helpAskedWords
    case helpAskedWordsAnswer
    case helpClinic
    case helpClinicAnswer
    case helpEnd
    case helpEndAnswer
    case helpWhoRead
    case helpWhoReadAnswer
    case helpWrongRecord
    case helpWrongRecordAnswer
    case helpOffline
    case helpOfflineAnswer
    case glossaryTitle
    case glossaryRecord
    case glossaryRecordMeaning
    case glossaryAccess
    case glossaryAccessMeaning
    case glossaryEndAccess
    case glossaryEndAccessMeaning
    case glossaryCode
    case glossaryCodeMeaning
    case glossaryNumberToCompareMeaning
    case glossaryRecoveryWords
    case glossaryRecoveryWordsMeaning
    case glossaryExtraPassword
    case glossaryExtraPasswordMeaning
    case glossaryPin
    case glossaryPinMeaning
    case glossaryServer
    case glossaryServerMeaning
    case glossaryLedger
    case glossaryLedgerMeaning
    case glossaryKey
    case glossaryKeyMeaning
    case glossaryWallet
    case glossaryWalletMeaning
    case glossaryFhir
    case glossaryFhirMeaning
    case supportPhone
    case supportTextSize
    case supportConnected
    case supportUnsent
    case supportTitle
    case supportBody
    case supportSend

    // Records come in
    case importAction
    case importQuestion
    case importBody
    case importAccept
    case importReading
    case importWhoTitle
    case importWhoBody
    case importWhoNone
    case importPersonBorn
    case importPersonUnnamed
    case importPersonKnown
    case importDone
    case importNothing
    case importIncomplete
    case importsTitle
    case importsNone
    case importUndone
    case undoAction
    case undoQuestion
    case undoClinics
    case setAsideTitle
    case setAsideBody
    case setAsideDrop
    case setAsideDropQuestion
    case setAsideDropMeaning
    case healthLook
    case healthBloodPressure
    case healthBodyWeight
    case healthBodyHeight
    case healthBloodGlucose
    case healthOxygenSaturation
    case healthBodyTemperature
    case healthClinicRecords
    case appleHealthTitle
    case appleHealthWhat
    case appleHealthHow
    case appleHealthPartial
    case healthFoundCount
    case healthNoneFound
    case healthUnread
    case healthRestingHeartRate
    case appleHealthNone

    // What can't be read yet
    case asideDocument
    case asidePicture
    case asidePacked
    case asideOtherForm
    case asideCard
    case asideTable
    case asideWebPage
    case asideEmpty
    case asideDamaged
    case asideTooLarge
    case asideUnknown

    // Records
    case recordsTitle
    case recordsAll
    case searchRecords
    case searchAllKinds
    case searchPeriod
    case periodAny
    case periodYear
    case periodFiveYears
    case recordsNone
    case recordsEmpty
    case recordsMore
    case recordsOrder
    case orderNewest
    case orderArrival
    case timelineCame

    // One record
    case recordOtherType
    case recordUndated
    case recordSource
    case recordFiles
    case recordFields
    case recordAsReceived
    case rangeBelow
    case rangeWithin
    case rangeAbove
    case rangeFrom
    case rangeTo
    case recordReceived
    case recordHistory
    case recordVersion
    case historyPresent
    case historySuperseded
    case historyRemovedAtSource
    case historyTakenBack
    case recordSeries
    case recordReadAll
    case fileOpen
    case fileElsewhere
    case fileUnreadable
    case fileUntitled
    case recordUnreadable
    case valueYes
    case valueNo
    case valueCurve
    case valueAbsent
    case valueSince
    case valueUntil

    // Clinics
    case searchClinics
    case clinicsScan
    case clinicsNone
    case clinicListed
    case clinicProved
    case clinicSuspended
    case clinicKeyChanged
    case keyChangedTitle
    case scanTitle
    case scanBody
    case scanDenied
    case scanOther
    case scanViewfinder
    case scanType
    case scanMissing
    case scanFailed

    // Giving access
    case grantTo
    case termsTitle
    case termsCategories
    case termsDuration
    case termsPurpose
    case grantTerms
    case termsNamed
    case termsNext
    case reviewSees
    case reviewNothing
    case reviewNew
    case reviewEnd
    case reviewNamed
    case reviewUnnamed
    case confirmTitle
    case confirmBody
    case confirmAction
    case grantedTitle
    case grantedWaiting
    case grantedWaitingBody
    case grantedOffline
    case grantedBody
    case matchCode
    case matchCodeCompare

    // Who has access
    case accessTitle
    case accessNone
    case accessEnded
    case accessRevoke
    case accessQueued
    case accessOffline
    case unsentTell
    case messageSent
    case messageEnds
    case messageEndsOf
    case messageClosed
    case accessUntil
    case grantPending
    case grantActive
    case grantExpired
    case grantStillOpen
    case grantStoppedByHost
    case grantRevoked
    case grantUndelivered
    case revokeTitle
    case revokeCan
    case revokeCannot
    case revokeKeep
    case readUnsigned

    // One clinic
    case clinicSaid
    case clinicAccess
    case clinicAccessNone
    case clinicHeldNone
    case clinicMayRead
    case clinicReadsUnknown
    case clinicEndAll
    case revokeAllTitle
    case clinicAbout
    case extendAction
    case extendTitle
    case extendDuration
    case extendLongest
    case extendNow
    case extendMeaning
    case extendNamed
    case extendedTitle
    case extendWaiting
    case extendedFormer
    case extendedBoth
    case extendedEndFormer

    // Sharing by a code
    case shareCheckIn
    case shareUnlessChosen
    case shareName
    case shareLife
    case shareCreate
    case shareReviewTitle
    case shareShow
    case shareCancel
    case shareQr
    case shareLeft
    case shareActive
    case sharePaused
    case sharePausedStillOpen
    case shareExpired
    case shareRevoked
    case shareRevokedStillOpen
    case sharePause
    case shareResume
    case shareStop
    case shareStopTitle
    case shareStopBody
    case shareKeep
    case shareSend
    case shareOpenings
    case shareNotOpened
    case shareOpenedBy
    case shareRefusedTo
    case sharesLive
    case sharesNone

    // Activity
    case logTitle
    case logOwnOnly
    case logNone
    case logGranted
    case logRevoked
    case logLooked
    case logRecordsRead
    case logReadWithoutReceipt
    case logUnproved
    case logDenied
    case logShareMade
    case logShareOpened
    case logShareDenied
    case logSaidToBe

    // Problems
    case problemQuizFailed
    case problemNothingToRestore
    case problemAlreadyThere
    case problemConnectionUnreadable
    case problemClinicCode
    case problemBiometricsLost
    case problemBiometricsOff
    case problemNotInvited
    case problemFileUnreadable
    case problemFileUnwritable
    case problemLocked
    case problemPinDelayed
    case problemWordsNeeded
    case problemDeviceKey
    case problemDeviceKeyLockedOut
    case problemWordCount
    case problemWordNumbering
    case problemUnknownWord
    case problemWordsChecksum
    case problemWordsPublished
    case problemWordsOther
    case problemWrongWords
    case problemPassphraseLong
    case problemPinUnsuitable
    case problemPinsDiffer
    case problemNoWallet
    case problemBusy
    case problemCancelled
    case problemOffline
    case problemNotConnected
    case problemClinicKeyChanged
    case problemClinicSuspended
    case problemUntrusted
    case problemShareEnded
    case problemNothingToShare
    case problemNotFound
    case problemDiskFull
    case problemEraseFailed
    case problemStorage
    case problemRefused
    case problemInternal
    case problemAppleHealthRefused
    case problemAppleHealth
    case problemAttachmentDamaged

    // Kinds of information
    case categoryPatient
    case categoryAllergies
    case categoryConditions
    case categoryMedications
    case categoryImmunizations
    case categoryResults
    case categoryVitals
    case categoryProcedures
    case categoryDocuments
    case categoryEncounters
    case categoryDevices
    case categoryFamilyHistory
    case categorySocialHistory
    case categoryCarePlans
    case categoryInsurance
    case categoryGenomics
    case categoryWearables
    case categoryOther

    // What access is for
    case purposeTreatment
    case purposeEmergency
    case purposePayment
    case purposeOperations
    case purposeResearch
    case purposePublicHealth
    case purposePatientRequest
    case purposeFamilyRequest

    // Labels of a record
    case labelTitle
    case labelCode
    case labelDate
    case labelBegan
    case labelEnded
    case labelStatus
    case labelValue
    case labelInterpretation
    case labelReferenceRange
    case labelCriticality
    case labelSeverity
    case labelReaction
    case labelDosage
    case labelAsNeeded
    case labelMaximumDose
    case labelAmount
    case labelLot
    case labelDoseNumber
    case labelPerformer
    case labelPlace
    case labelBodySite
    case labelReason
    case labelMethod
    case labelContent
    case labelResults
    case labelConclusion
    case labelNote
    case labelDescription
    case labelIntent
    case labelBirthDate
    case labelGender
    case labelAddress
    case labelContact
    case labelDeceased
    case labelNarrative

    // Whether a record holds
    case validityEnteredInError
    case validityRemovedAtSource
    case validityModified
    case validityRefuted
    case validityNotDone
    case validityDoNotPerform
    case validityCancelled
    case validityStopped
    case validityInactive
    case validityUnconfirmed
    case validityPreliminary
    case validityNotSeenSince

    // What its source says of a value
    case flagCritical
    case flagHigh
    case flagLow
    case flagAbnormal

    // Kinds of records
    case kindPatient
    case kindAllergy
    case kindProblem
    case kindPrescription
    case kindMedicineTaken
    case kindMedicineGiven
    case kindMedicineDispensed
    case kindVaccination
    case kindObservation
    case kindReport
    case kindProcedure
    case kindOrder
    case kindVisit
    case kindDocument
    case kindUnreadable

    // Codes of a record
    case codeFinal
    case codePreliminary
    case codeAmended
    case codeCorrected
    case codeActive
    case codeInactive
    case codeResolved
    case codeCompleted
    case codeCurrent
    case codeFinished
    case codeStopped
    case codeCancelled
    case codeConfirmed
    case codeFemale
    case codeMale
    case codeHigh
    case codeLow

    // Types of records
    case typePatient
    case typeAllergyIntolerance
    case typeCondition
    case typeMedicationRequest
    case typeMedicationStatement
    case typeImmunization
    case typeObservation
    case typeProcedure
    case typeDocumentReference
    case typeEncounter
    case typeDiagnosticReport
    case typeCoverage
}

/// A text that has a form for each category of numbers.
public enum PluralKey: String, CaseIterable, Sendable {
    // Everywhere
    case days
    case hours
    case minutes

    // Unlock
    case pinEntered

    // Recovery words
    case wordsCount

    // Connecting, and bringing records back
    case missingRecords
    case missingRecordsOf
    case missingNeedsUpdate
    case missingOwnNotes
    case missingUnknownGrants
    case missingUnprovedGrants

    // What needs doing
    case todoSendDecisions
    case todoCheckClinics
    case todoSendRecords
    case todoEndSoon
    case todoLookThrough

    // Home
    case homeAge

    // Settings and safety
    case seconds
    case exportMade

    // Records come in
    case importAdded
    case importUpdated
    case importUnchanged
    case importKeptOut
    case importRemoved
    case importSetAside
    case undoRecords
    case undoShares
    case undoSetAside
    case undoDone

    // Records
    case recordsCount

    // Giving access
    case reviewAlong
    case reviewMore

    // Who has access
    case accessCodes
    case unsentCount
    case messageUnsent
    case messageRead
    case messageReadOf

    // One clinic
    case clinicHeld

    // Sharing by a code
    case shareWithdrawn

    // Problems
    case problemWrongPin
}
