"""The fields of what the API takes, by the names of its schemas: whatever else a request holds is refused."""

PERMITTED: dict[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "AccountCreate": """
            acquisition address bill_date bill_to billing_info cc_emails code company custom_fields
            dunning_campaign_id email entity_use_code exemption_certificate external_accounts first_name
            invoice_template_id last_name override_business_entity_id parent_account_code
            parent_account_id preferred_locale preferred_time_zone shipping_addresses tax_exempt
            transaction_type username vat_number
        """,
        "AccountPurchase": """
            acquisition address bill_date bill_to billing_info cc_emails code company custom_fields
            dunning_campaign_id email entity_use_code exemption_certificate first_name id
            invoice_template_id last_name override_business_entity_id parent_account_code
            parent_account_id preferred_locale preferred_time_zone tax_exempt transaction_type username
            vat_number
        """,
        "AccountUpdate": """
            address bill_date bill_to billing_info cc_emails company custom_fields dunning_campaign_id
            email entity_use_code exemption_certificate first_name invoice_template_id last_name
            override_business_entity_id parent_account_code parent_account_id preferred_locale
            preferred_time_zone tax_exempt transaction_type username vat_number
        """,
        "Address": "city country geo_code phone postal_code region street1 street2",
        "CouponCreate": """
            applies_to_all_items applies_to_all_plans applies_to_non_plan_charges code coupon_type
            currencies discount_percent discount_type duration free_trial_amount free_trial_unit
            hosted_description invoice_description item_codes max_redemptions
            max_redemptions_per_account name plan_codes redeem_by_date redeem_by_interval_amount
            redeem_by_interval_unit redemption_resource temporal_amount temporal_unit
            unique_code_template
        """,
        "CouponRedemptionCreate": "coupon_id currency subscription_id",
        "InvoiceCollect": "billing_info_id three_d_secure_action_result_token_id transaction_type",
        "InvoiceRefund": "amount credit_customer_notes external_refund line_items percentage refund_method type",
        "InvoiceUpdate": """
            address customer_notes gateway_code net_terms po_number terms_and_conditions vat_reverse_charge_notes
        """,
        "LineItemCreate": """
            accounting_code avalara_service_type avalara_transaction_type credit_reason_code currency
            custom_fields description destination_tax_address_source end_date harmonized_system_code
            item_code item_id liability_gl_account_id origin origin_tax_address_source
            performance_obligation_id product_code quantity revenue_gl_account_id revenue_schedule_type
            start_date tax_code tax_exempt tax_inclusive type unit_amount vertex_transaction_type
        """,
        "ProrationSettings": "charge credit",
        "PurchaseCreate": """
            account billing_info_id business_entity_code business_entity_id collection_method
            coupon_codes credit_application_policy_override credit_customer_notes currency
            customer_notes gateway_code gift_card_redemption_code line_items net_terms net_terms_type
            po_number shipping subscriptions terms_and_conditions transaction transaction_type
            vat_reverse_charge_notes vertex_transaction_type
        """,
        "SubscriptionCancel": "timeframe",
        "SubscriptionChangeCreate": """
            add_ons billing_info business_entity_code business_entity_id collection_method coupon_codes
            custom_fields net_terms net_terms_type next_bill_date plan_code plan_id po_number
            price_segment_id proration_settings quantity ramp_intervals revenue_schedule_type shipping
            tax_inclusive timeframe transaction_type unit_amount
        """,
        "SubscriptionCreate": """
            account add_ons auto_renew billing_info_id bulk business_entity_code business_entity_id
            collection_method coupon_codes credit_application_policy credit_customer_notes currency
            custom_fields customer_notes gateway_code gift_card_redemption_code net_terms net_terms_type
            next_bill_date plan_code plan_id po_number price_segment_id proration_settings quantity
            ramp_intervals renewal_billing_cycles revenue_schedule_type shipping starts_at tax_inclusive
            terms_and_conditions total_billing_cycles transaction_descriptor_suffix transaction_type
            trial_ends_at unit_amount
        """,
        "SubscriptionPause": "remaining_pause_cycles",
    }.items()
}
