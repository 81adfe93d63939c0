//! Why a transaction changes nothing.

use keepwell_protocol::ledger::TransactionError;

/// Why a transaction is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Rejection {
    /// It is malformed or a signature fails.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// Its last moment is over.
    #[error("the transaction is no longer valid")]
    Expired,
    /// Its last moment is more than seven days ahead.
    #[error("the transaction is valid for more than seven days ahead")]
    ValidTooLong,
    /// The grant's last day is over or more than 400 days ahead.
    #[error("the last day of the grant is over or more than 400 days ahead")]
    LastDay,
    /// There is no such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// The account exists and has a key.
    #[error("the account exists")]
    AccountExists,
    /// The account was closed.
    #[error("the account is closed")]
    AccountClosed,
    /// The account has no key yet that could have signed.
    #[error("the account has no key yet")]
    AccountWithoutKey,
    /// The number of the new key is not the next.
    #[error("the key does not have the next number")]
    KeyNumber,
    /// The number of the grant was used or passed over.
    #[error("the number of the grant is used up")]
    NumberUsed,
    /// The number of the grant is too far ahead.
    #[error("the number of the grant is too far ahead")]
    NumberAhead,
    /// The account has had as many grants as one may have.
    #[error("the account has had as many grants as one may have")]
    NumberLimit,
    /// There is no such grant.
    #[error("there is no such grant")]
    UnknownGrant,
    /// The grant was revoked or its last day is over.
    #[error("the grant has ended")]
    GrantEnded,
    /// The version is not the next.
    #[error("the version is not the next")]
    Version,
    /// There is no such provider.
    #[error("there is no such provider")]
    UnknownProvider,
    /// The provider is registered already.
    #[error("the provider is registered")]
    ProviderExists,
    /// The provider is suspended.
    #[error("the provider is suspended")]
    ProviderSuspended,
    /// The signers are not governance, or not enough of it.
    #[error("the signatures are not those of governance")]
    NotGovernance,
    /// The number of governance's action is not the next.
    #[error("the action does not have the next number")]
    ActionNumber,
    /// There is no such validator to take out.
    #[error("there is no such validator")]
    UnknownValidator,
    /// The validators would be none, too many, of unusable power, or too different at once.
    #[error("with these validators no block could be agreed on")]
    Validators,
    /// Of the validators' power not more than two thirds would be of those who are seen to vote.
    #[error("too few of these validators are seen to vote")]
    ValidatorsAbsent,
    /// Blocks would be too small for what proposers put into them, or too large to be handed around.
    #[error("blocks cannot be of this size")]
    BlockSize,
    /// The height is over or too near, everybody was told otherwise already, or the chain ends before it.
    #[error("it is too late for this height")]
    Height,
    /// The chain has ended; another one goes on.
    #[error("this chain has ended, and another one goes on")]
    ChainEnded,
    /// A gateway or aggregator is named after its first key.
    #[error("the identifier is not that of the key")]
    NotNamedAfterKey,
    /// There is no such gateway.
    #[error("there is no such gateway")]
    UnknownGateway,
    /// A gateway changed its key configuration less than a day ago.
    #[error("the key configuration changed less than a day ago")]
    TooSoon,
    /// There is no such aggregator.
    #[error("there is no such aggregator")]
    UnknownAggregator,
    /// The number of the batch is not the next.
    #[error("the batch does not have the next number")]
    BatchNumber,
    /// The log is not longer than the ledger knows it.
    #[error("the log is not longer than it was")]
    LogNotLonger,
}

impl Rejection {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Transaction(error) => error.code(),
            Self::Expired => "TransactionExpired",
            Self::ValidTooLong => "TransactionValidTooLong",
            Self::LastDay => "GrantLastDay",
            Self::UnknownAccount => "UnknownAccount",
            Self::AccountExists => "AccountExists",
            Self::AccountClosed => "AccountClosed",
            Self::AccountWithoutKey => "AccountWithoutKey",
            Self::KeyNumber => "KeyNumber",
            Self::NumberUsed => "GrantNumberUsed",
            Self::NumberAhead => "GrantNumberAhead",
            Self::NumberLimit => "GrantNumberLimit",
            Self::UnknownGrant => "UnknownGrant",
            Self::GrantEnded => "GrantEnded",
            Self::Version => "VersionNotNext",
            Self::UnknownProvider => "UnknownProvider",
            Self::ProviderExists => "ProviderExists",
            Self::ProviderSuspended => "ProviderSuspended",
            Self::NotGovernance => "NotGovernance",
            Self::ActionNumber => "ActionNumber",
            Self::UnknownValidator => "UnknownValidator",
            Self::Validators => "ValidatorsUnfit",
            Self::ValidatorsAbsent => "ValidatorsAbsent",
            Self::BlockSize => "BlockSize",
            Self::Height => "HeightPassed",
            Self::ChainEnded => "ChainEnded",
            Self::NotNamedAfterKey => "NotNamedAfterKey",
            Self::UnknownGateway => "UnknownGateway",
            Self::TooSoon => "GatewayTooSoon",
            Self::UnknownAggregator => "UnknownAggregator",
            Self::BatchNumber => "BatchNumber",
            Self::LogNotLonger => "LogNotLonger",
        }
    }

    /// The number that a block's results carry, so that it never changes.
    pub fn number(self) -> u32 {
        match self {
            Self::Transaction(error) => match error {
                TransactionError::Cbor(_) => 10,
                TransactionError::TooLong => 11,
                TransactionError::AccountOrRoot => 12,
                TransactionError::Signatures => 13,
                TransactionError::BadSignature => 14,
                TransactionError::BadCard => 15,
                TransactionError::Field => 16,
            },
            Self::Expired => 20,
            Self::ValidTooLong => 21,
            Self::LastDay => 22,
            Self::UnknownAccount => 30,
            Self::AccountExists => 31,
            Self::AccountClosed => 32,
            Self::AccountWithoutKey => 33,
            Self::KeyNumber => 34,
            Self::NumberUsed => 40,
            Self::NumberAhead => 41,
            Self::UnknownGrant => 42,
            Self::GrantEnded => 43,
            Self::Version => 44,
            Self::NumberLimit => 45,
            Self::UnknownProvider => 50,
            Self::ProviderExists => 51,
            Self::ProviderSuspended => 52,
            Self::NotGovernance => 53,
            Self::ActionNumber => 60,
            Self::UnknownValidator => 61,
            Self::Validators => 62,
            Self::BlockSize => 63,
            Self::Height => 64,
            Self::ChainEnded => 65,
            Self::NotNamedAfterKey => 66,
            Self::ValidatorsAbsent => 67,
            Self::UnknownGateway => 70,
            Self::TooSoon => 71,
            Self::UnknownAggregator => 72,
            Self::BatchNumber => 73,
            Self::LogNotLonger => 74,
        }
    }
}
