// What help, glossary and privacy say, in the order in which they say it.

import Foundation

/// A question that people ask.
public enum HelpTopic: CaseIterable, Hashable, Sendable {
    case emergency, lostPhone, forgotPIN, lostWords, foundWords, askedWords, clinic, end, whoRead, wrongRecord, offline
}

/// A word that Keepwell, or somebody who explains it, uses.
public enum GlossaryWord: CaseIterable, Hashable, Sendable {
    case record, access, endAccess, code, number, recoveryWords, extraPassword, pin, server, ledger, key, wallet, fhir
}

/// Where something of the person can be, or be seen.
public enum PrivacyTopic: CaseIterable, Hashable, Sendable {
    case phone, copy, clinics, codes, traces, none
}

extension Texts {
    public func title(_ topic: HelpTopic) -> String {
        switch topic {
        case .emergency: self(.helpEmergency)
        case .lostPhone: self(.helpLostPhone)
        case .forgotPIN: self(.helpForgotPin)
        case .lostWords: self(.helpLostWords)
        case .foundWords: self(.helpFoundWords)
        case .askedWords: self(.helpAskedWords)
        case .clinic: self(.helpClinic)
        case .end: self(.helpEnd)
        case .whoRead: self(.helpWhoRead)
        case .wrongRecord: self(.helpWrongRecord)
        case .offline: self(.helpOffline)
        }
    }

    public func answer(_ topic: HelpTopic) -> String {
        switch topic {
        case .emergency: self(.helpEmergencyAnswer)
        case .lostPhone: self(.helpLostPhoneAnswer)
        case .forgotPIN: self(.helpForgotPinAnswer)
        case .lostWords: self(.helpLostWordsAnswer)
        case .foundWords: self(.helpFoundWordsAnswer)
        case .askedWords: self(.helpAskedWordsAnswer)
        case .clinic: self(.helpClinicAnswer)
        case .end: self(.helpEndAnswer)
        case .whoRead: self(.helpWhoReadAnswer)
        case .wrongRecord: self(.helpWrongRecordAnswer)
        case .offline: self(.helpOfflineAnswer)
        }
    }

    public func title(_ word: GlossaryWord) -> String {
        switch word {
        case .record: self(.glossaryRecord)
        case .access: self(.glossaryAccess)
        case .endAccess: self(.glossaryEndAccess)
        case .code: self(.glossaryCode)
        case .number: self(.matchCode)
        case .recoveryWords: self(.glossaryRecoveryWords)
        case .extraPassword: self(.glossaryExtraPassword)
        case .pin: self(.glossaryPin)
        case .server: self(.glossaryServer)
        case .ledger: self(.glossaryLedger)
        case .key: self(.glossaryKey)
        case .wallet: self(.glossaryWallet)
        case .fhir: self(.glossaryFhir)
        }
    }

    public func meaning(_ word: GlossaryWord) -> String {
        switch word {
        case .record: self(.glossaryRecordMeaning)
        case .access: self(.glossaryAccessMeaning)
        case .endAccess: self(.glossaryEndAccessMeaning)
        case .code: self(.glossaryCodeMeaning)
        case .number: self(.glossaryNumberToCompareMeaning)
        case .recoveryWords: self(.glossaryRecoveryWordsMeaning)
        case .extraPassword: self(.glossaryExtraPasswordMeaning)
        case .pin: self(.glossaryPinMeaning)
        case .server: self(.glossaryServerMeaning)
        case .ledger: self(.glossaryLedgerMeaning)
        case .key: self(.glossaryKeyMeaning)
        case .wallet: self(.glossaryWalletMeaning)
        case .fhir: self(.glossaryFhirMeaning)
        }
    }

    public func title(_ topic: PrivacyTopic) -> String {
        switch topic {
        case .phone: self(.privacyPhoneTitle)
        case .copy: self(.privacyCopyTitle)
        case .clinics: self(.privacyClinicsTitle)
        case .codes: self(.privacyCodesTitle)
        case .traces: self(.privacyTracesTitle)
        case .none: self(.privacyNoneTitle)
        }
    }

    public func text(_ topic: PrivacyTopic) -> String {
        switch topic {
        case .phone: self(.privacyPhone)
        case .copy: self(.privacyCopy)
        case .clinics: self(.privacyClinics)
        case .codes: self(.privacyCodes)
        case .traces: self(.privacyTraces)
        case .none: self(.privacyNone)
        }
    }

    public func label(_ questions: LedgerQuestions) -> String {
        switch questions {
        case .oblivious: self(.privacyAskedSealed)
        case .direct: self(.privacyAskedDirectly)
        }
    }
}
