// What the home says.

import Foundation

extension Texts {
    /// Something that the owner should do or know.
    public func label(_ toDo: ToDo) -> String {
        switch toDo {
        case .takenOver: self(.todoTakenOver)
        case .sendDecisions(let count): self(.todoSendDecisions, count)
        case .checkClinics(let count): self(.todoCheckClinics, count)
        case .checkWords: self(.todoCheckWords)
        case .connect: self(.todoConnect)
        case .agreeToSendAgain: self(.todoAgree)
        case .sendRecords(let count): self(.todoSendRecords, count)
        case .endSoon(let count): self(.todoEndSoon, count)
        case .lookThrough(let count): self(.todoLookThrough, count)
        case .signInAgain(let count): self(.todoSignIn, count)
        case .addRecords: self(.todoAddRecords)
        }
    }

    /// What there is to press for it.
    public func action(_ toDo: ToDo) -> String {
        switch toDo {
        case .takenOver: self(.helpTitle)
        case .sendDecisions, .sendRecords: self(.todoSendAction)
        case .checkClinics: self(.todoCheckClinicsAction)
        case .checkWords: self(.todoCheckWordsAction)
        case .connect: self(.connectAction)
        case .agreeToSendAgain: self(.todoAgreeAction)
        case .endSoon: self(.todoEndSoonAction)
        case .lookThrough: self(.todoLookThroughAction)
        case .signInAgain: self(.todoSignInAction)
        case .addRecords: self(.importAction)
        }
    }

    public func label(_ trend: Trend) -> String {
        switch trend {
        case .up: self(.trendUp)
        case .down: self(.trendDown)
        case .same: self(.trendSame)
        }
    }

    /// When a person was born, and how old they are where that is known.
    public func detail(_ owner: Owner, at now: Date = Date()) -> String {
        [self(.importPersonBorn, clinicalDate(owner.birthDate)), owner.age(at: now).map { self(.homeAge, $0) }]
            .compactMap { $0 }.joined(separator: " · ")
    }

    /// A category and how many records there are of it.
    public func line(_ count: CategoryCount) -> String {
        "\(label(count.category)) · \(self(.recordsCount, count.count))"
    }
}
