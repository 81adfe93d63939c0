// What help, glossary and privacy say, in the order in which they say it.

import Foundation

/// A question that people ask.
public enum HelpTopic: CaseIterable, Hashable, Sendable {
    case emergency, lostPhone, forgotPIN, lostWords, whoRead, endAccess, wrongRecord
}

/// A word that Keepwell, or somebody who explains it, uses.
public enum GlossaryWord: CaseIterable, Hashable, Sendable {
    case words, extraPassword, lockedCopy, access, code, number, wallet, host, ledger, key
}

/// Where something of the person can be, or be seen.
public enum PrivacyTopic: CaseIterable, Hashable, Sendable {
    case phone, copy, clinics, codes, publicList
}

extension Texts {
    public func title(_ topic: HelpTopic) -> String {
        switch topic {
        case .emergency: self(.helpEmergency)
        case .lostPhone: self(.helpLostPhone)
        case .forgotPIN: self(.helpForgotPin)
        case .lostWords: self(.helpLostWords)
        case .whoRead: self(.helpWhoRead)
        case .endAccess: self(.helpEndAccess)
        case .wrongRecord: self(.helpWrongRecord)
        }
    }

    public func answer(_ topic: HelpTopic) -> String {
        switch topic {
        case .emergency: self(.helpEmergencyAnswer)
        case .lostPhone: self(.helpLostPhoneAnswer)
        case .forgotPIN: self(.helpForgotPinAnswer)
        case .lostWords: self(.helpLostWordsAnswer)
        case .whoRead: self(.helpWhoReadAnswer)
        case .endAccess: self(.helpEndAccessAnswer)
        case .wrongRecord: self(.helpWrongRecordAnswer)
        }
    }

    public func title(_ word: GlossaryWord) -> String {
        switch word {
        case .words: self(.glossaryWords)
        case .extraPassword: self(.glossaryExtraPassword)
        case .lockedCopy: self(.glossaryLockedCopy)
        case .access: self(.glossaryAccess)
        case .code: self(.glossaryCode)
        case .number: self(.matchCode)
        case .wallet: self(.glossaryWallet)
        case .host: self(.glossaryHost)
        case .ledger: self(.glossaryLedger)
        case .key: self(.glossaryKey)
        }
    }

    public func meaning(_ word: GlossaryWord) -> String {
        switch word {
        case .words: self(.glossaryWordsMeaning)
        case .extraPassword: self(.glossaryExtraPasswordMeaning)
        case .lockedCopy: self(.glossaryLockedCopyMeaning)
        case .access: self(.glossaryAccessMeaning)
        case .code: self(.glossaryCodeMeaning)
        case .number: self(.glossaryNumberMeaning)
        case .wallet: self(.glossaryWalletMeaning)
        case .host: self(.glossaryHostMeaning)
        case .ledger: self(.glossaryLedgerMeaning)
        case .key: self(.glossaryKeyMeaning)
        }
    }

    public func title(_ topic: PrivacyTopic) -> String {
        switch topic {
        case .phone: self(.privacyPhoneTitle)
        case .copy: self(.privacyCopyTitle)
        case .clinics: self(.privacyClinicsTitle)
        case .codes: self(.privacyCodesTitle)
        case .publicList: self(.privacyPublicTitle)
        }
    }

    public func text(_ topic: PrivacyTopic) -> String {
        switch topic {
        case .phone: self(.privacyPhone)
        case .copy: self(.privacyCopy)
        case .clinics: self(.privacyClinics)
        case .codes: self(.privacyCodes)
        case .publicList: self(.privacyPublic)
        }
    }
}
